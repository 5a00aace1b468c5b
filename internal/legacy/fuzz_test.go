package legacy_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/internal/legacy"
)

const services = `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: foo}
spec: {selector: {app: a}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90}, {name: grpc, port: 91, targetPort: rpc}]}
---
apiVersion: v1
kind: Service
metadata: {name: a-twin, namespace: foo}
spec: {selector: {app: a}, ports: [{name: http, port: 81, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: istio-system}
spec: {selector: {istio: ingressgateway}, ports: [{name: https, port: 443}]}
`

// Whatever stands in the specs: no panic, and what comes out can be read back whole, and comes out again.
func FuzzTranslate(f *testing.F) {
	f.Add(`{"peers":[{"mtls":null},{"jwt":{"issuer":"i"}}]}`,
		`{"targets":[{"name":"a","ports":[{"number":80},{"name":"tcp"}]},{"name":"gone"}],"origins":[{"jwt":{"issuer":"i","jwks_uri":"http://x",
		"jwtHeaders":["ingress-authorization"],"triggerRules":[{"excludedPaths":[{"exact":"/a"},{"regex":"/.*"}],"includedPaths":[{"prefix":"/"}]}]}},
		{"jwt":{"issuer":"j"}}],"principalBinding":"USE_ORIGIN","peerIsOptional":true}`,
		`{"mode":"ON_WITH_EXCLUSION","exclusion":{"namespaces":["istio-system","x"],"services":["a.foo.svc.cluster.local"]},"enforcementMode":"PERMISSIVE"}`,
		`{"rules":[{"services":["*","a*"],"paths":["/x","/{*}"],"notPaths":["*"],"ports":[1],"constraints":[{"key":"destination.labels[v]","values":["1"]},
		{"key":"destination.name","values":["a"]},{"key":"connection.sni","values":["*"]}]},{"methods":["*"],"hosts":["h"]}]}`,
		`{"subjects":[{"user":"*"},{"names":["allAuthenticatedUsers"],"notNames":["x"],"group":"g","properties":{"request.auth.principal":"i/*",
		"source.user":"u","request.auth.claims[a]":"b"}}],"roleRef":{"kind":"ServiceRole","name":"r"},"mode":"PERMISSIVE"}`)
	f.Add(`{"origins":[{"jwt":{"issuer":"i"}}],"originIsOptional":true}`, `{"targets":[{"name":"a"}]}`,
		`{"mode":"ON_WITH_INCLUSION","inclusion":{"services":["a.foo.svc.cluster.local","x"]}}`, `{"rules":[{}]}`,
		`{"subjects":[{"notIps":["1.2.3.4"]}],"role":"x"}`)
	f.Fuzz(func(t *testing.T, mesh, policy, config, role, binding string) {
		ctx := legacy.ContextOf(snapshot(t, services))
		objects := []*unstructured.Unstructured{
			object("authentication.istio.io", "MeshPolicy", "default", mesh), object("authentication.istio.io", "Policy", "p", policy),
			object("authentication.istio.io", "Policy", "default", mesh), object("rbac.istio.io", "ClusterRbacConfig", "default", config),
			object("rbac.istio.io", "ServiceRole", "r", role), object("rbac.istio.io", "ServiceRoleBinding", "b", binding),
		}
		result, err := legacy.Translate(objects, ctx)
		if err != nil {
			return
		}
		out := yaml(t, result)
		readBack(t, result, out)
		again, err := legacy.Translate(objects, ctx)
		if err != nil || yaml(t, again) != out {
			t.Error("the second translation is another one")
		}
	})
}

func object(group, kind, name, spec string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	var v any
	if json.NewDecoder(bytes.NewReader([]byte(spec))).Decode(&v) == nil {
		u.Object["spec"] = v
	}
	u.SetAPIVersion(group + "/v1alpha1")
	u.SetKind(kind)
	u.SetName(name)
	u.SetNamespace("foo")
	return u
}
