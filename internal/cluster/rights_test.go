package cluster

import (
	"slices"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Somebody with rights in two namespaces only gets all that these hold, and is told what is missing.
func TestRightsInTwoNamespaces(t *testing.T) {
	f := newFake(t)
	mine := []string{"foo", "bar"}
	f.May = func(a asked) bool {
		return slices.Contains(mine, a.Namespace) || a.API.Kind == mesh.Namespace && slices.Contains(mine, a.Name)
	}
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	noWrongSilence(t, f, s)
	for _, k := range slices.Concat(everywhere, local) {
		if api, _ := mesh.APIOf(k); !api.Namespaced {
			continue
		}
		for _, ns := range mine {
			if gaps := gapsIn(s, k, ns); len(gaps) > 0 {
				t.Errorf("%s of %s: %v, want it read", k, ns, gaps)
			}
		}
		if gaps := gapsIn(s, k, "other"); len(gaps) != 1 || slices.Contains(everywhere, k) != (gaps[0].Cause == mesh.Forbidden) {
			t.Errorf("%s of other: %v", k, gaps)
		}
	}
	for _, ns := range mine {
		if !s.Has(mesh.Ref{Kind: mesh.Namespace, Name: ns}) {
			t.Errorf("namespace %s is not known, though one may get it", ns)
		}
	}
	if gaps := gapsIn(s, mesh.Namespace, ""); len(gaps) != 1 || gaps[0].CanI() != "kubectl auth can-i list namespaces" {
		t.Errorf("namespaces: %v, want that their list is refused", gaps)
	}
	if _, gaps := s.VirtualServices.All(); len(gaps) != 1 || gaps[0].CanI() != "kubectl auth can-i list virtualservices.networking.istio.io -A" {
		t.Errorf("VirtualServices: %v, want that their list is refused", gaps)
	}
	if gaps := gapsIn(s, mesh.PeerAuthentication, "istio-system"); len(gaps) != 1 || gaps[0].CanI() != "kubectl auth can-i list peerauthentications.security.istio.io -n istio-system" {
		t.Errorf("PeerAuthentications of the root namespace: %v", gaps)
	}
	if gaps := gapsIn(s, mesh.ConfigMap, "istio-system"); len(gaps) != 1 || gaps[0].Cause != mesh.Forbidden || gaps[0].Resource.Name != "istio" {
		t.Errorf("mesh config: %v, want it refused", gaps)
	}
}

// Everything refused is no error: what could be read is still known to be unknown.
func TestNoRightsAtAll(t *testing.T) {
	f := newFake(t)
	f.May = func(asked) bool { return false }
	s := snapshot(t, f.reader(t, Options{}), Need{All: true})
	noWrongSilence(t, f, s)
	for _, g := range s.Gaps() {
		if g.Detail != "" && g.Cause != mesh.Forbidden {
			t.Errorf("%v, want it forbidden", g)
		}
	}
}

// All namespaces' pods are read even where the list of namespaces is refused, as far as other objects tell of namespaces.
func TestPodsWithoutNamespaces(t *testing.T) {
	f := newFake(t)
	f.May = func(a asked) bool { return a.API.Kind != mesh.Namespace }
	s := snapshot(t, f.reader(t, Options{}), Need{All: true})
	noWrongSilence(t, f, s)
	for _, ns := range []string{"foo", "bar", "other", "istio-system"} {
		if gaps := gapsIn(s, mesh.Pod, ns); len(gaps) > 0 {
			t.Errorf("pods of %s: %v, want them read", ns, gaps)
		}
	}
	if s.Pods.Known() {
		t.Error("pods count as known everywhere, though nobody knows which namespaces there are")
	}
	if s := snapshot(t, newFake(t).reader(t, Options{}), Need{All: true}); !s.Pods.Known() {
		t.Error("pods do not count as known everywhere, though every namespace was read")
	}
}
