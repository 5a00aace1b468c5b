package resolve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// policies is a mesh of two pods and so many AuthorizationPolicies that select the server: every second one denies, none matches, and the
// last one allows.
func policies(b *testing.B, n int) (*mesh.Snapshot, *flow.Request) {
	b.Helper()
	var y strings.Builder
	y.WriteString(twoPods)
	for i := range n {
		action, paths := "ALLOW", "[/api/v1/*, /static/*, /healthz]"
		if i%2 == 0 {
			action = "DENY"
		}
		if i == n-1 {
			action, paths = "ALLOW", "[/ip]"
		}
		fmt.Fprintf(&y, `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p%04d, namespace: bar}
spec:
  selector: {matchLabels: {app: httpbin}}
  action: %s
  rules:
  - from: [{source: {principals: [cluster.local/ns/a/sa/x%d, cluster.local/ns/foo/sa/*], notNamespaces: [evil-*]}}]
    to: [{operation: {methods: [GET, POST], paths: %s}}]
    when: [{key: "request.headers[x-team]", notValues: [red-%d]}]
`, i, action, i, paths, i)
	}
	s, err := manifest.Source{Stdin: strings.NewReader(y.String())}.Snapshot("-")
	if err != nil {
		b.Fatal(err)
	}
	q, err := question.Question{From: "sleep.foo", To: "httpbin.bar:8000/ip"}.Bind(s)
	if err != nil {
		b.Fatal(err)
	}
	return s, q
}

// BenchmarkPolicies decides one request; the first decision in a snapshot also selects the policies and sorts them.
func BenchmarkPolicies(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		s, q := policies(b, n)
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v := verdict.Decide(resolve.Run(s, q)); !v.Settled || v.Outcomes[0].Kind != flow.Reaches {
					b.Fatalf("%+v", v)
				}
			}
		})
		b.Run(fmt.Sprintf("policies=%d/first", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				verdict.Decide(resolve.Run(s.Put(), q))
			}
		})
	}
}

const twoPods = `apiVersion: v1
kind: Namespace
metadata: {name: foo}
---
apiVersion: v1
kind: Namespace
metadata: {name: bar}
---
apiVersion: v1
kind: Pod
metadata:
  name: sleep
  namespace: foo
  labels: {app: sleep, security.istio.io/tlsMode: istio}
  annotations: {sidecar.istio.io/status: '{"revision":"default"}'}
spec:
  serviceAccountName: sleep
  containers: [{name: sleep, image: sleep}, {name: istio-proxy, image: istio/proxyv2:1.31.1}]
status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: httpbin
  namespace: bar
  labels: {app: httpbin, security.istio.io/tlsMode: istio}
  annotations: {sidecar.istio.io/status: '{"revision":"default"}'}
spec:
  containers: [{name: httpbin, image: httpbin, ports: [{containerPort: 8080}]}, {name: istio-proxy, image: istio/proxyv2:1.31.1}]
status: {phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: httpbin, namespace: bar}
spec: {clusterIP: 10.1.0.1, selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: httpbin-1, namespace: bar, labels: {kubernetes.io/service-name: httpbin}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}, targetRef: {kind: Pod, name: httpbin, namespace: bar}}]
`
