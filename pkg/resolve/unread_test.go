package resolve_test

import (
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

const authorizer = `
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: '{"extensionProviders": [{"name": "ask", "envoyExtAuthzHttp": {"service": "near.s.svc.cluster.local", "port": 80}}]}'}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ask, namespace: s}
spec: {action: CUSTOM, provider: {name: ask}, rules: [{to: [{operation: {paths: [/asked]}}]}]}
`

// What nobody could read leaves an answer open where it could change it, and names what to ask for; elsewhere the answer stays settled.
func TestUnread(t *testing.T) {
	for _, c := range []struct {
		name, more, from, to string
		hide                 mesh.Kind
		namespaces           []string
		open                 string // the permission to ask for; empty where the answer stays settled
	}{
		{"pods of the server", "", "client.a", "web.s", mesh.Pod, []string{"s"}, "kubectl auth can-i list pods -n s"},
		{"pods of the server, asked without a sidecar", "", "bare.a", "web.s", mesh.Pod, []string{"s"}, "kubectl auth can-i list pods -n s"},
		{"pods of a stranger", "", "client.a", "web.s", mesh.Pod, []string{"g"}, ""},
		{"pods, for a pod's address", "", "bare.a", "10.0.1.1:8080", mesh.Pod, []string{"s"}, "kubectl auth can-i list pods -n s"},
		{"pods, for an address that is another pod's", "", "bare.a", "10.0.2.1:8080", mesh.Pod, []string{"g"}, ""},
		{"policies of the server", "", "client.a", "web.s", mesh.AuthorizationPolicy, []string{"s"}, "kubectl auth can-i list authorizationpolicies.security.istio.io -n s"},
		{"policies of the client", "", "client.a", "web.s", mesh.AuthorizationPolicy, []string{"a"}, ""},
		{"Sidecars of the server, whose ingress may lead elsewhere", "", "client.a", "web.s", mesh.Sidecar, []string{"s"}, "kubectl auth can-i list sidecars.networking.istio.io -n s"},
		{"Sidecars of a stranger", "", "client.a", "web.s", mesh.Sidecar, []string{"g"}, ""},
		{"the Service of an authorizer", authorizer, "client.a", "web.s/asked", mesh.Service, []string{"s"}, "kubectl auth can-i list services -n s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := manifest.Source{Stdin: strings.NewReader(replicas("") + c.more)}.Snapshot("-")
			if err != nil {
				t.Fatal(err)
			}
			q, err := question.Question{From: c.from, To: c.to}.Bind(s)
			if err != nil {
				t.Fatal(err)
			}
			_, before := resolve.Answer(s, q)
			_, after := resolve.Answer(s.Hide(c.hide, c.namespaces...), q)
			if c.open == "" {
				if !after.Settled || after.Outcomes[0].Kind != before.Outcomes[0].Kind {
					t.Errorf("%+v, want it as before: %+v", after, before)
				}
				return
			}
			if after.Settled {
				t.Fatalf("settled as %+v", after.Outcomes)
			}
			asks := false
			for _, g := range after.Gaps {
				asks = asks || g.CanI() == c.open
			}
			if !asks {
				t.Errorf("%v do not lead to %s", after.Gaps, c.open)
			}
		})
	}
}
