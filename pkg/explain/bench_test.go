package explain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// several is a mesh of two pods, the second behind a Service, with so many copies of an object, and a question of the first pod's.
func several(b *testing.B, n int, object string) (*mesh.Snapshot, *flow.Request) {
	b.Helper()
	var y strings.Builder
	y.WriteString(twoPods)
	for i := range n {
		y.WriteString("---\n" + strings.ReplaceAll(object, "NUMBER", fmt.Sprintf("%05d", i)))
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

// explained explains one request, in a mesh that nothing was asked of before, to meshes with more and more copies of an object. What it
// costs for each copy shows whether the time grows with their number or faster.
func explained(b *testing.B, object string) {
	for _, n := range []int{250, 1000, 4000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			s, q := several(b, n, object)
			b.ReportAllocs()
			for b.Loop() {
				if e := explain.Explain(s.Put(), q, explain.Options{Command: "kubectl mesh-why"}); e.Verdict.Outcomes[0].Result == flow.Reaches {
					b.Fatal(e.Verdict.Summary)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/object")
		})
	}
}

// BenchmarkAllowPolicies: ALLOW policies that select one workload, none of which lets the request in.
func BenchmarkAllowPolicies(b *testing.B) {
	explained(b, `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: pNUMBER, namespace: bar}
spec: {selector: {matchLabels: {app: httpbin}}, rules: [{from: [{source: {principals: [cluster.local/ns/x/sa/aNUMBER]}}], to: [{operation: {paths: [/xNUMBER/*]}}]}]}
`)
}

// BenchmarkDenyPolicies: DENY policies that select one workload, each of which refuses the request.
func BenchmarkDenyPolicies(b *testing.B) {
	explained(b, `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: pNUMBER, namespace: bar}
spec: {action: DENY, selector: {matchLabels: {app: httpbin}}, rules: [{to: [{operation: {paths: [/ip]}}]}]}
`)
}

// BenchmarkVirtualServices: VirtualServices of one host, of which the oldest counts and has no route for the request.
func BenchmarkVirtualServices(b *testing.B) {
	explained(b, `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: vNUMBER, namespace: bar}
spec: {hosts: [httpbin.bar.svc.cluster.local], http: [{match: [{uri: {prefix: /xNUMBER}}], route: [{destination: {host: httpbin.bar.svc.cluster.local}}]}]}
`)
}

// BenchmarkDestinationRules: rules of one host that are merged into one, beside as many policies that refuse the request.
func BenchmarkDestinationRules(b *testing.B) {
	explained(b, `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: rNUMBER, namespace: bar}
spec: {host: httpbin.bar.svc.cluster.local, subsets: [{name: sNUMBER, labels: {version: v1}}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: pNUMBER, namespace: bar}
spec: {action: DENY, selector: {matchLabels: {app: httpbin}}, rules: [{to: [{operation: {paths: [/ip]}}]}]}
`)
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
metadata: {name: sleep, namespace: foo, labels: {app: sleep, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: sleep, containers: [{name: sleep}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: httpbin, namespace: bar, labels: {app: httpbin, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: httpbin, containers: [{name: httpbin, ports: [{containerPort: 8080}]}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.0.0.2, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: httpbin, namespace: bar}
spec: {clusterIP: 10.1.0.2, selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: httpbin-1, namespace: bar, labels: {kubernetes.io/service-name: httpbin}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.2], conditions: {ready: true}, targetRef: {kind: Pod, name: httpbin, namespace: bar}}]
`
