package matrix

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// smallMesh has three clients with sidecars, one without, and a server of two pods.
const smallMesh = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "rootNamespace: istio-system"}
---
` + pod + `metadata: {name: one, namespace: a, labels: {app: one, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: one, nodeName: n1, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.0.1}
---
` + pod + `metadata: {name: two, namespace: a, labels: {app: two, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: two, nodeName: n1, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.0.2}
---
` + pod + `metadata: {name: three, namespace: b, labels: {app: three, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: three, nodeName: n2, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.1.1}
---
` + pod + `metadata: {name: bare, namespace: b, labels: {app: bare}}
spec: {nodeName: n2, containers: [{name: app}]}
status: {podIP: 10.0.1.2}
---
` + pod + `metadata: {name: web-1, namespace: s, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: web, nodeName: n1, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.2.1}
---
` + pod + `metadata: {name: web-2, namespace: s, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: web, nodeName: n1, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.2.2}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: s}
spec: {selector: {app: web}, clusterIP: 10.9.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: s, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 80}]
endpoints:
- {addresses: [10.0.2.1], conditions: {ready: true}, targetRef: {kind: Pod, name: web-1, namespace: s}}
- {addresses: [10.0.2.2], conditions: {ready: true}, targetRef: {kind: Pod, name: web-2, namespace: s}}
---
`

const (
	pod   = "apiVersion: v1\nkind: Pod\n"
	allow = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: allow, namespace: s}\nspec: {rules: [{"
	rule  = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
	route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: s}\nspec: {hosts: [web], http: [{match: ["
	other = `], directResponse: {status: 418}}, {route: [{destination: {host: web}}]}]}`

	together = "a/one a/two b/bare b/three s/web-1 s/web-2"
)

// TestSplit: what tells sources apart, and beside each case one in which the same thing does not. What lacks an identity is told apart
// from what has the wrong one, as something else is responsible.
func TestSplit(t *testing.T) {
	splits(t, smallMesh, []split{
		{"nothing", "", together},
		{"identity", allow + `from: [{source: {principals: [cluster.local/ns/a/sa/one]}}]}]}`, "a/one | a/two b/three s/web-1 s/web-2 | b/bare"},
		{"identity of nobody here", allow + `from: [{source: {principals: [cluster.local/ns/a/sa/four]}}]}]}`, "a/one a/two b/three s/web-1 s/web-2 | b/bare"},
		{"identity on another path", allow + `from: [{source: {principals: [cluster.local/ns/a/sa/one]}}], to: [{operation: {paths: [/admin]}}]}]}`, together},
		{"namespace", allow + `from: [{source: {namespaces: [a]}}]}]}`, "a/one a/two | b/bare | b/three s/web-1 s/web-2"},
		{"any namespace", allow + `from: [{source: {namespaces: ["*"]}}]}]}`, "a/one a/two b/three s/web-1 s/web-2 | b/bare"},
		{"account", allow + `when: [{key: source.serviceAccount, values: [a/two]}]}]}`, "a/one b/three s/web-1 s/web-2 | a/two | b/bare"},
		{"address", allow + `from: [{source: {ipBlocks: [10.0.0.2]}}]}]}`, "a/one b/bare b/three s/web-1 s/web-2 | a/two"},
		{"range of addresses", allow + `from: [{source: {ipBlocks: [10.0.0.0/24]}}]}]}`, "a/one a/two | b/bare b/three s/web-1 s/web-2"},
		{"everybody's addresses", allow + `from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}`, together},
		{"Sidecar", "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: b}\nspec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: [./*]}]}",
			"a/one a/two b/bare s/web-1 s/web-2 | b/three"},
		{"Sidecar that imports the host", "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: b}\nspec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: [s/*]}]}", together},
		{"rule for a workload", rule + `metadata: {name: web, namespace: a}
spec: {host: web.s.svc.cluster.local, workloadSelector: {matchLabels: {app: two}}, trafficPolicy: {tls: {mode: SIMPLE}}}`, "a/one b/bare b/three s/web-1 s/web-2 | a/two"},
		{"rule for no workload here", rule + `metadata: {name: web, namespace: a}
spec: {host: web.s.svc.cluster.local, workloadSelector: {matchLabels: {app: four}}, trafficPolicy: {tls: {mode: SIMPLE}}}`, together},
		{"rule of a namespace", rule + `metadata: {name: web, namespace: a}
spec: {host: web.s.svc.cluster.local, trafficPolicy: {tls: {mode: SIMPLE}}}`, "a/one a/two | b/bare b/three s/web-1 s/web-2"},
		{"rule for another host", rule + `metadata: {name: web, namespace: a}
spec: {host: other.s.svc.cluster.local, trafficPolicy: {tls: {mode: SIMPLE}}}`, together},
		{"source labels", route + `{sourceLabels: {app: three}}` + other, "a/one a/two b/bare s/web-1 s/web-2 | b/three"},
		{"source labels of nobody", route + `{sourceLabels: {app: four}}` + other, together},
		{"source namespace", route + `{sourceNamespace: b}` + other, "a/one a/two b/bare s/web-1 s/web-2 | b/three"},
		{"source namespace of nobody", route + `{sourceNamespace: c}` + other, together},
		{"strict", "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: s}\nspec: {mtls: {mode: STRICT}}", "a/one a/two b/three s/web-1 s/web-2 | b/bare"},
		{"a port that is not captured", pod + `metadata: {name: two, namespace: a, labels: {app: two, security.istio.io/tlsMode: istio}, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "80"}}
spec: {serviceAccountName: two, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.0.2}
---
` + allow + `from: [{source: {namespaces: [a]}}]}]}`, "a/one | a/two | b/bare | b/three s/web-1 s/web-2"},
		{"another port that is not captured", pod + `metadata: {name: two, namespace: a, labels: {app: two, security.istio.io/tlsMode: istio}, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "81"}}
spec: {serviceAccountName: two, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.0.2}
---
` + allow + `from: [{source: {namespaces: [a]}}]}]}`, "a/one a/two | b/bare | b/three s/web-1 s/web-2"},
		{"node", `apiVersion: v1
kind: Service
metadata: {name: web, namespace: s}
spec: {selector: {app: web}, clusterIP: 10.9.0.1, internalTrafficPolicy: Local, ports: [{name: http, port: 80}]}`, "a/one a/two s/web-1 s/web-2 | b/bare | b/three"},
		{"itself", `apiVersion: v1
kind: Service
metadata: {name: web, namespace: s}
spec: {selector: {app: web}, clusterIP: None, ports: [{name: http, port: 80}]}
---
` + allow + `from: [{source: {namespaces: [a, b]}}]}]}`, "a/one a/two b/three | b/bare | s/web-1 s/web-2"},
	})
}

// split is a mesh, and the groups of sources that its Service tells apart.
type split struct{ name, objects, want string }

func splits(t *testing.T, base string, cases []split) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := manifest.Source{Stdin: strings.NewReader(base + c.objects)}.Snapshot("-")
			if err != nil {
				t.Fatal(err)
			}
			q := Question{Sources: Pods(s, everyPod), Destinations: Services(s, []string{"/"}, everyService), Request: flow.Request{Method: "GET"}}
			m := Make(s, q)
			var groups []string
			for _, g := range m.Groups(0) {
				var names []string
				for _, k := range g.Classes {
					for _, p := range m.Classes[k].Pods {
						names = append(names, p.Namespace+"/"+p.Name)
					}
				}
				slices.Sort(names)
				groups = append(groups, strings.Join(names, " "))
			}
			if got := strings.Join(groups, " | "); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			if err := check(s, q, 1, rand.New(rand.NewSource(1))); err != nil {
				t.Error(err)
			}
		})
	}
}
