package cluster

import (
	"io"
	"strings"
	"testing"
)

// Objects of kinds that Istio removed are found where a cluster still has them, and nothing depends on them.
func TestLegacy(t *testing.T) {
	const group = "/apis/authentication.istio.io"
	answers := map[string]string{
		"/apis":                          `{"kind":"APIGroupList","groups":[{"name":"authentication.istio.io","versions":[{"version":"v1alpha1"}]}]}`,
		group + "/v1alpha1":              `{"kind":"APIResourceList","resources":[{"name":"policies"},{"name":"policies/status"},{"name":"meshpolicies"},{"name":"others"}]}`,
		group + "/v1alpha1/policies":     `{"kind":"PolicyList","items":[{"kind":"Policy","apiVersion":"authentication.istio.io/v1alpha1","metadata":{"name":"default","namespace":"bar"}}]}`,
		group + "/v1alpha1/meshpolicies": `{"kind":"MeshPolicyList","items":[{"kind":"MeshPolicy","apiVersion":"authentication.istio.io/v1alpha1","metadata":{"name":"default"}}]}`,
	}
	f := newFake(t)
	f.Fault = func(x fakeExchange) bool {
		body, ok := answers[x.Path]
		if ok {
			x.W.Header().Set("Content-Type", acceptJSON)
			_, _ = io.WriteString(x.W, body)
		}
		return ok
	}
	var names []string
	for _, u := range snapshot(t, f.reader(t, Options{}), bothNeeded).Legacy {
		names = append(names, u.GetKind()+" "+u.GetNamespace()+"/"+u.GetName())
	}
	if got := strings.Join(names, ", "); got != "MeshPolicy /default, Policy bar/default" {
		t.Errorf("found %s", got)
	}
	for _, broken := range []string{"", "[]", `{"kind":"APIResourceList"}`, `{"kind":"Status"}`} {
		f := newFake(t)
		f.Fault = func(x fakeExchange) bool {
			body, ok := broken, strings.HasPrefix(x.Path, group)
			if x.Path == "/apis" {
				body, ok = answers[x.Path], true
			}
			if ok {
				x.W.Header().Set("Content-Type", acceptJSON)
				_, _ = io.WriteString(x.W, body)
			}
			return ok
		}
		s := snapshot(t, f.reader(t, Options{}), bothNeeded)
		if len(s.Legacy) > 0 || len(s.Services.Gaps("bar")) > 0 {
			t.Errorf("%q: %v, %v", broken, s.Legacy, s.Services.Gaps("bar"))
		}
	}
}
