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
		{name: "no Gateway API", missing: func(api mesh.API) bool { return api.Group == gatewayGroup }, kind: mesh.HTTPRoute, empty: true},
		{name: "no Istio", missing: func(api mesh.API) bool { return strings.HasSuffix(api.Group, "istio.io") }, kind: mesh.AuthorizationPolicy, empty: true, lookups: 0},
		{name: "one kind is not installed", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, empty: true, lookups: 1},
		{name: "a policy's kind is not installed", missing: kindIs(mesh.TrafficExtension), kind: mesh.TrafficExtension, empty: true, lookups: 1},
		{name: "an older version", versions: map[mesh.Kind]string{mesh.TLSRoute: "v1alpha2"}, kind: mesh.TLSRoute, lookups: 2},
		{name: "an older Istio", versions: map[mesh.Kind]string{mesh.AuthorizationPolicy: "v1beta1", mesh.PeerAuthentication: "v1beta1", mesh.RequestAuthentication: "v1beta1"},
			kind: mesh.AuthorizationPolicy, lookups: 1},
		{name: "a newer version only", versions: map[mesh.Kind]string{mesh.HTTPRoute: "v2"}, kind: mesh.HTTPRoute, cause: mesh.Unsupported,
			detail: "gateway.networking.k8s.io/v2", empty: true, lookups: 2},
		{name: "the group cannot be looked up", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Forbidden, detail: "no", empty: true,
			fault: at("/apis", says(403, metav1.StatusReasonForbidden, "no"))},
		{name: "the version cannot be looked up", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, detail: "no", empty: true, lookups: 1,
			fault: at("/apis/gateway.networking.k8s.io/v1", says(500, metav1.StatusReasonInternalError, "no"))},
		{name: "the group is something else", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, detail: "APIGroupList", empty: true,
			fault: at("/apis", text(200, acceptJSON, `{}`))},
		{name: "the group is not JSON", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, empty: true,
			fault: at("/apis", text(200, acceptJSON, `<html>`))},
		{name: "a proxy's page in place of the groups", missing: kindIs(mesh.TCPRoute), kind: mesh.TCPRoute, cause: mesh.Failed, empty: true,
			fault: at("/apis", text(404, "text/html", `<html>not found`))},
		{name: "a proxy's page in place of a list", kind: mesh.TCPRoute, cause: mesh.Failed, empty: true, lookups: 1,
			fault: at("/apis/gateway.networking.k8s.io/v1/tcproutes", text(404, "text/html", `<html>not found`))},
		{name: "the API server's own page in place of a list that it has", kind: mesh.TCPRoute, cause: mesh.Failed, empty: true, lookups: 1,
			fault: at("/apis/gateway.networking.k8s.io/v1/tcproutes", text(404, "text/plain; charset=utf-8", "404 page not found\n"))},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			if row.missing != nil {
				f.Missing = row.missing
				for k := range f.Objects {
					if api, _ := mesh.APIOf(k); row.missing(api) {
						delete(f.Objects, k)
					}
				}
			}
			if row.versions != nil {
				f.Versions = row.versions
			}
			f.Fault = row.fault
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
			for _, p := range f.Requests() {
				if strings.HasPrefix(p, "/apis/") && strings.Count(p, "/") <= 3 && !slices.Contains(legacyGroups, strings.TrimPrefix(p, "/apis/")) {
					lookups++
				}
			}
			if lookups != row.lookups {
				t.Errorf("the API server was asked %d times what it has, want %d: %v", lookups, row.lookups, f.Requests())
			}
		})
	}
}

func (f *fake) ref(k mesh.Kind) mesh.Ref {
	for _, o := range f.Objects[k] {
		if o.GetNamespace() == "" || o.GetNamespace() == "bar" {
			return mesh.Ref{Kind: k, Namespace: o.GetNamespace(), Name: o.GetName()}
		}
	}
	return mesh.Ref{}
}

func at(path string, f fault) fault {
	return func(x fakeExchange) bool { return x.Path == path && f(x) }
}

// The groups are asked for once, however many kinds are missing.
func TestGroupsAreLookedUpOnce(t *testing.T) {
	f := newFake(t)
	f.Missing = func(api mesh.API) bool { return api.Group == gatewayGroup }
	snapshot(t, f.reader(t, Options{}), bothNeeded)
	n := 0
	for _, a := range f.Asked {
		if a.Path == "/apis" {
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
	f.Fault = func(x fakeExchange) bool {
		if x.API.Kind == mesh.Service {
			http.NotFound(x.W, x.R)
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
