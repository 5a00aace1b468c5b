package matrix

import "testing"

// ambientMesh has captured clients of two accounts and two namespaces, one without a proxy, one in its node's network, one with a sidecar,
// and a captured server with a waypoint that nothing is bound to.
const ambientMesh = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "rootNamespace: istio-system"}
---
` + pod + `metadata: {name: one, namespace: a, labels: {app: one}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {serviceAccountName: one, nodeName: n1, containers: [{name: app}]}
status: {podIP: 10.0.0.1}
---
` + pod + `metadata: {name: two, namespace: a, labels: {app: two}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {serviceAccountName: two, nodeName: n2, containers: [{name: app}]}
status: {podIP: 10.0.0.2}
---
` + pod + `metadata: {name: three, namespace: b, labels: {app: three}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {serviceAccountName: three, nodeName: n2, containers: [{name: app}]}
status: {podIP: 10.0.1.1}
---
` + pod + `metadata: {name: bare, namespace: b, labels: {app: bare}}
spec: {nodeName: n2, containers: [{name: app}]}
status: {podIP: 10.0.1.2}
---
` + pod + `metadata: {name: far, namespace: b, labels: {app: far}}
spec: {nodeName: n2, hostNetwork: true, containers: [{name: app}]}
status: {podIP: 10.1.0.2}
---
` + pod + `metadata: {name: near, namespace: b, labels: {app: near}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: app}]}
status: {podIP: 10.1.0.1}
---
` + pod + `metadata: {name: side, namespace: b, labels: {app: side, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: side, nodeName: n1, containers: [{name: app}, {name: istio-proxy, args: [proxy, sidecar]}]}
status: {podIP: 10.0.1.3}
---
` + pod + `metadata: {name: web, namespace: s, labels: {app: web}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {serviceAccountName: web, nodeName: n1, containers: [{name: app, ports: [{containerPort: 80}]}]}
status: {podIP: 10.0.2.1}
---
` + pod + `metadata: {name: wp, namespace: s, labels: {gateway.networking.k8s.io/gateway-name: wp}}
spec: {serviceAccountName: wp, nodeName: n1, containers: [{name: istio-proxy, args: [proxy, waypoint]}]}
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
- {addresses: [10.0.2.1], conditions: {ready: true}, targetRef: {kind: Pod, name: web, namespace: s}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wp, namespace: s}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
status: {addresses: [{type: IPAddress, value: 10.9.0.2}]}
---
apiVersion: v1
kind: Service
metadata: {name: wp, namespace: s, labels: {gateway.istio.io/managed: istio.io-mesh-controller}}
spec: {selector: {gateway.networking.k8s.io/gateway-name: wp}, clusterIP: 10.9.0.2, ports: [{name: mesh, port: 15008}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: wp-1, namespace: s, labels: {kubernetes.io/service-name: wp}}
addressType: IPv4
ports: [{name: mesh, port: 15008}]
endpoints:
- {addresses: [10.0.2.2], conditions: {ready: true}, targetRef: {kind: Pod, name: wp, namespace: s}}
---
`

const (
	bound   = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: s, labels: {istio.io/use-waypoint: wp}}\nspec: {selector: {app: web}, clusterIP: 10.9.0.1, ports: [{name: http, port: 80}]}\n---\n"
	deny    = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny, namespace: s}\nspec: {action: DENY, "
	service = "targetRefs: [{kind: Service, name: web}], "
	strict  = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: s}\nspec: {mtls: {mode: STRICT}}"

	alike = "a/one a/two b/bare b/far b/near b/side b/three s/web s/wp"
)

// TestSplitAmbient: what tells the sources of a mesh in ambient mode apart, and where it does not.
func TestSplitAmbient(t *testing.T) {
	splits(t, ambientMesh, []split{
		{"nothing", "", alike},
		{"bound", bound, alike},
		{"strict", strict, "a/one a/two b/near b/side b/three s/web | b/bare b/far s/wp"},
		{"identity at ztunnel", deny + `rules: [{from: [{source: {principals: ["*/sa/one"]}}]}]}`, "a/one | a/two b/bare b/far b/near b/side b/three s/web s/wp"},
		{"identity of nobody", deny + `rules: [{from: [{source: {principals: ["*/sa/nobody"]}}]}]}`, alike},
		{"identity at ztunnel, behind the waypoint", bound + deny + `rules: [{from: [{source: {principals: ["*/sa/one"]}}]}]}`, alike},
		{"the waypoint's identity at ztunnel", bound + deny + `rules: [{from: [{source: {principals: ["*/sa/wp"]}}]}]}`, "a/one a/two b/three s/web | b/bare b/far b/near b/side s/wp"},
		{"identity at the waypoint", bound + deny + service + `rules: [{from: [{source: {principals: ["*/sa/one"]}}]}]}`, "a/one | a/two b/bare b/far b/near b/side b/three s/web s/wp"},
		{"identity for a waypoint, and none on the way", deny + service + `rules: [{from: [{source: {principals: ["*/sa/one"]}}]}]}`, alike},
		{"namespace at ztunnel", deny + `rules: [{from: [{source: {namespaces: [b]}}]}]}`, "a/one a/two b/bare b/far b/near s/web s/wp | b/side | b/three"},
		{"address at ztunnel", deny + `rules: [{from: [{source: {ipBlocks: [10.0.0.2]}}]}]}`, "a/one b/bare b/far b/near b/side b/three s/web s/wp | a/two"},
		{"address at the waypoint", bound + deny + service + `rules: [{from: [{source: {ipBlocks: [10.0.0.2]}}]}]}`, alike},
		{"remote address at the waypoint", bound + deny + service + `rules: [{from: [{source: {remoteIpBlocks: [10.0.0.2]}}]}]}`, "a/one b/bare b/far b/near b/side b/three s/web s/wp | a/two"},
		{"node", "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: s}\nspec: {selector: {app: web}, clusterIP: 10.9.0.1, internalTrafficPolicy: Local, ports: [{name: http, port: 80}]}", "a/one b/near b/side s/web s/wp | a/two b/three | b/bare b/far"},
		{"headless, strict", "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: s}\nspec: {selector: {app: web}, clusterIP: None, ports: [{name: http, port: 80}]}\n---\n" + strict,
			"a/one a/two b/near b/three s/web | b/bare b/far s/wp | b/side"},
	})
}
