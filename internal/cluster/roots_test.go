package cluster

import (
	"net/http"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Control planes are found by their Services, their mesh configs by the revisions that are seen, and root namespaces by these.
func TestRevisions(t *testing.T) {
	f := newFake(t, "testdata/revisions.yaml")
	s := snapshot(t, f.reader(t, Options{}), Need{Namespaces: []string{"foo"}})
	noWrongSilence(t, f, s)
	for _, ref := range []mesh.Ref{
		{Kind: mesh.ConfigMap, Namespace: "control", Name: "istio-1-30"},   // the Service says so
		{Kind: mesh.ConfigMap, Namespace: "control", Name: "istio-canary"}, // a pod says so
		{Kind: mesh.PeerAuthentication, Namespace: "policies", Name: "default"},
		{Kind: mesh.PeerAuthentication, Namespace: "control", Name: "default"},
		{Kind: mesh.Pod, Namespace: "control", Name: "istiod-1-30-x"},
	} {
		if !s.Has(ref) {
			t.Errorf("%s was not read", ref)
		}
	}
	pod, _, _ := s.Pods.Get("foo", "new")
	if c := s.For(pod).Config; c.TrustDomain() != "canary.example" || c.RootNamespace != "control" {
		t.Errorf("the pod's mesh config is %s with %s", c.Ref, c.TrustDomain())
	}
	if gaps := gapsIn(s, mesh.ConfigMap, "control"); len(gaps) > 0 {
		t.Errorf("mesh configs: %v, want all known", gaps)
	}
	if got := s.Version.Istiod.String(); got != "1.30.1" {
		t.Errorf("istiod is %s, want 1.30.1", got)
	}
	if n := slices.IndexFunc(f.Asked, func(a asked) bool { return a.API.Kind == mesh.ConfigMap && a.Name == "" }); n >= 0 {
		t.Errorf("ConfigMaps were listed: %s", f.Asked[n].Path)
	}
}

func TestRootsFromOptions(t *testing.T) {
	f := newFake(t, "testdata/revisions.yaml")
	f.May = func(a asked) bool { return a.API.Kind != mesh.Service }
	s := snapshot(t, f.reader(t, Options{Roots: []string{"control"}}), Need{Namespaces: []string{"foo"}})
	noWrongSilence(t, f, s)
	if ref := (mesh.Ref{Kind: mesh.ConfigMap, Namespace: "control", Name: "istio-canary"}); !s.Has(ref) {
		t.Errorf("%s was not read", ref)
	}
}

// The mesh config is known where it was found, and where there can be none; else it is a gap.
func TestMeshConfig(t *testing.T) {
	for _, row := range []struct {
		name  string
		drop  bool // there is no ConfigMap
		may   func(asked) bool
		fault fault
		cause mesh.Cause
	}{
		{name: "found"},
		{name: "found, and Services are refused", may: func(a asked) bool { return a.API.Kind != mesh.Service }},
		{name: "there is none", drop: true},
		{name: "none is found, and Services are refused", drop: true, may: func(a asked) bool { return a.API.Kind != mesh.Service }, cause: mesh.Failed},
		{name: "refused", may: func(a asked) bool { return a.API.Kind != mesh.ConfigMap }, cause: mesh.Forbidden},
		{name: "failed", fault: says(500, metav1.StatusReasonInternalError, "no"), cause: mesh.Failed},
		{name: "HTML", fault: text(200, "text/html", "<html>"), cause: mesh.Failed},
		{name: "something else", fault: text(200, acceptJSON, `{"kind":"Secret","metadata":{"name":"istio"}}`), cause: mesh.Failed},
		{name: "broken", fault: text(200, acceptJSON, `{"kind":"ConfigMap","metadata":{"name":"istio","namespace":"istio-system"},"data":[]}`), cause: mesh.Failed},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			f.May = row.may
			if row.drop {
				delete(f.Objects, mesh.ConfigMap)
			}
			if row.fault != nil {
				f.Fault = func(x fakeExchange) bool { return x.API.Kind == mesh.ConfigMap && row.fault(x) }
			}
			s := snapshot(t, f.reader(t, Options{}), bothNeeded)
			noWrongSilence(t, f, s)
			gaps := gapsIn(s, mesh.ConfigMap, "istio-system")
			if row.cause == "" && len(gaps) > 0 || row.cause != "" && (len(gaps) != 1 || gaps[0].Cause != row.cause || gaps[0].Detail == "") {
				t.Errorf("gaps are %v, want cause %q", gaps, row.cause)
			}
		})
	}
}

// A connection that breaks at the very first request is tried again, and then goes on without it.
func TestFirstRequestIsCut(t *testing.T) {
	f := newFake(t)
	f.Fault = func(x fakeExchange) bool { return x.API.Kind == mesh.ConfigMap && cutOff(x) }
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	noWrongSilence(t, f, s)
	if gaps := gapsIn(s, mesh.Service, "bar"); len(gaps) > 0 {
		t.Errorf("Services: %v, want them read", gaps)
	}
}

// Behind a proxy that serves several clusters, all paths begin with the cluster's.
func TestBasePath(t *testing.T) {
	f := newFake(t)
	proxy := http.NewServeMux()
	proxy.Handle("/k8s/clusters/one/", http.StripPrefix("/k8s/clusters/one", f.Config.Handler))
	f.Config.Handler = proxy
	f.URL += "/k8s/clusters/one"
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	noWrongSilence(t, f, s)
	if gaps := gapsIn(s, mesh.Service, "bar"); len(gaps) > 0 {
		t.Errorf("Services: %v, want them read", gaps)
	}
}

// What may not be read in the usual namespace is no gap where all control planes are known to be elsewhere.
func TestConfigRefusedElsewhere(t *testing.T) {
	f := newFake(t, "testdata/revisions.yaml")
	f.May = func(a asked) bool { return a.API.Kind != mesh.ConfigMap || a.Namespace != mesh.DefaultRootNamespace }
	s := snapshot(t, f.reader(t, Options{}), Need{Namespaces: []string{"foo"}})
	pod, _, _ := s.Pods.Get("foo", "new")
	if c := s.For(pod).Config; len(c.Gaps) > 0 || c.Ref.Namespace != "control" {
		t.Errorf("mesh config %s: %v", c.Ref, c.Gaps)
	}
	if gaps := s.ConfigMaps.Gaps(mesh.DefaultRootNamespace); len(gaps) > 0 {
		t.Errorf("got %v, want no gap", gaps)
	}

	may := f.May
	f.May = func(a asked) bool { return a.API.Kind != mesh.Service && may(a) }
	s = snapshot(t, f.reader(t, Options{}), Need{Namespaces: []string{"foo"}})
	if gaps := s.ConfigMaps.Gaps(mesh.DefaultRootNamespace); len(gaps) == 0 {
		t.Error("nobody knows where the control planes are, and no gap says so")
	}
}
