package cluster

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const gatewayGroup = "gateway.networking.k8s.io"

// A kind that is not installed is known to be empty; one that is there in another version is read in that.
func TestVersions(t *testing.T) {
	kindIs := func(k ...mesh.Kind) func(mesh.API) bool {
		return func(api mesh.API) bool { return slices.Contains(k, api.Kind) }
	}
	for _, row := range []struct {
		name     string
		missing  func(mesh.API) bool
		versions map[mesh.Kind]string
		fault    fault
		kind     mesh.Kind
		cause    mesh.Cause // of the gap
		detail   string
		empty    bool
		lookups  int // of what the API server has
	}{
		{name: "all is as expected", kind: mesh.HTTPRoute},
		{name: "no Gateway API", missing: func(api mesh.API) bool { return api.Group == gatewayGroup }, kind: mesh.HTTPRoute, empty: true, lookups: 1},
		{name: "no Istio", missing: func(api mesh.API) bool { return strings.HasSuffix(api.Group, "istio.io") }, kind: mesh.AuthorizationPolicy, empty: true, lookups: 3},
		{name: "one kind is not installed", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, empty: true, lookups: 2},
		{name: "a policy's kind is not installed", missing: kindIs(mesh.TrafficExtension), kind: mesh.TrafficExtension, empty: true, lookups: 2},
		{name: "an older version", versions: map[mesh.Kind]string{mesh.TLSRoute: "v1alpha2"}, kind: mesh.TLSRoute, lookups: 3},
		{name: "an older Istio", versions: map[mesh.Kind]string{mesh.AuthorizationPolicy: "v1beta1", mesh.PeerAuthentication: "v1beta1", mesh.RequestAuthentication: "v1beta1"},
			kind: mesh.AuthorizationPolicy, lookups: 2},
		{name: "a newer version only", versions: map[mesh.Kind]string{mesh.HTTPRoute: "v2"}, kind: mesh.HTTPRoute, cause: mesh.Unsupported,
			detail: "gateway.networking.k8s.io/v2", empty: true, lookups: 3},
		{name: "the group cannot be looked up", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Forbidden, detail: "no", empty: true, lookups: 1,
			fault: at("/apis/gateway.networking.k8s.io", says(403, metav1.StatusReasonForbidden, "no"))},
		{name: "the version cannot be looked up", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, detail: "no", empty: true, lookups: 2,
			fault: at("/apis/gateway.networking.k8s.io/v1", says(500, metav1.StatusReasonInternalError, "no"))},
		{name: "the group is something else", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, detail: "APIGroup", empty: true, lookups: 1,
			fault: at("/apis/gateway.networking.k8s.io", text(200, acceptJSON, `{}`))},
		{name: "the group is not JSON", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, empty: true, lookups: 1,
			fault: at("/apis/gateway.networking.k8s.io", text(200, acceptJSON, `<html>`))},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			if row.missing != nil {
				f.missing = row.missing
				for k := range f.objects {
					if api, _ := mesh.APIOf(k); row.missing(api) {
						delete(f.objects, k)
					}
				}
			}
			if row.versions != nil {
				f.versions = row.versions
			}
			f.fault = row.fault
			s := snapshot(t, f.reader(t, Options{}), bothNeeded)
			noWrongSilence(t, f, s)
			gaps := gapsIn(s, row.kind, "bar")
			if row.cause == "" && len(gaps) > 0 || row.cause != "" && (len(gaps) != 1 || gaps[0].Cause != row.cause || !strings.Contains(gaps[0].Detail, row.detail)) {
				t.Errorf("gaps are %v, want cause %q and %q", gaps, row.cause, row.detail)
			}
			if found := s.Has(f.ref(row.kind)); found == row.empty {
				t.Errorf("found is %t", found)
			}
			lookups := 0
			for _, p := range f.requests() {
				if strings.HasPrefix(p, "/apis/") && strings.Count(p, "/") <= 3 && !slices.Contains(legacyGroups, strings.TrimPrefix(p, "/apis/")) {
					lookups++
				}
			}
			if lookups != row.lookups {
				t.Errorf("the API server was asked %d times what it has, want %d: %v", lookups, row.lookups, f.requests())
			}
		})
	}
}

func (f *fake) ref(k mesh.Kind) mesh.Ref {
	for _, o := range f.objects[k] {
		if o.GetNamespace() == "" || o.GetNamespace() == "bar" {
			return mesh.Ref{Kind: k, Namespace: o.GetNamespace(), Name: o.GetName()}
		}
	}
	return mesh.Ref{}
}

func at(path string, f fault) fault {
	return func(x fakeExchange) bool { return x.path == path && f(x) }
}

// Each group is asked for once, however many of its kinds are missing.
func TestGroupsAreLookedUpOnce(t *testing.T) {
	f := newFake(t)
	f.missing = func(api mesh.API) bool { return api.Group == gatewayGroup }
	snapshot(t, f.reader(t, Options{}), bothNeeded)
	n := 0
	for _, a := range f.asked {
		if a.path == "/apis/"+gatewayGroup {
			n++
		}
	}
	if n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// An API server that does not know Services is none.
func TestCoreKindsAreNeverAbsent(t *testing.T) {
	f := newFake(t)
	f.fault = func(x fakeExchange) bool {
		if x.api.Kind == mesh.Service {
			http.NotFound(x.w, x.r)
			return true
		}
		return false
	}
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	noWrongSilence(t, f, s)
	if gaps := gapsIn(s, mesh.Service, "bar"); len(gaps) != 1 || gaps[0].Cause != mesh.Failed {
		t.Errorf("Services: %v, want a failure", gaps)
	}
}
