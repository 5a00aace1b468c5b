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
		group:                            `{"kind":"APIGroup","name":"authentication.istio.io","versions":[{"version":"v1alpha1"}]}`,
		group + "/v1alpha1":              `{"kind":"APIResourceList","resources":[{"name":"policies"},{"name":"policies/status"},{"name":"meshpolicies"},{"name":"others"}]}`,
		group + "/v1alpha1/policies":     `{"kind":"PolicyList","items":[{"kind":"Policy","apiVersion":"authentication.istio.io/v1alpha1","metadata":{"name":"default","namespace":"bar"}}]}`,
		group + "/v1alpha1/meshpolicies": `{"kind":"MeshPolicyList","items":[{"kind":"MeshPolicy","apiVersion":"authentication.istio.io/v1alpha1","metadata":{"name":"default"}}]}`,
	}
	f := newFake(t)
	f.fault = func(x fakeExchange) bool {
		body, ok := answers[x.path]
		if ok {
			x.w.Header().Set("Content-Type", acceptJSON)
			_, _ = io.WriteString(x.w, body)
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
	for _, broken := range []string{"", "[]", `{"kind":"APIGroup"}`, `{"kind":"Status"}`} {
		f := newFake(t)
		f.fault = func(x fakeExchange) bool {
			if !strings.HasPrefix(x.path, group) {
				return false
			}
			x.w.Header().Set("Content-Type", acceptJSON)
			_, _ = io.WriteString(x.w, broken)
			return true
		}
		s := snapshot(t, f.reader(t, Options{}), bothNeeded)
		if len(s.Legacy) > 0 || len(s.Services.Gaps("bar")) > 0 {
			t.Errorf("%q: %v, %v", broken, s.Legacy, s.Services.Gaps("bar"))
		}
	}
}
