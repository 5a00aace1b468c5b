package resolve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const proxy = `{name: istio-proxy, image: "docker.example/istio/proxyv2:1.31.0", args: [proxy, %s]}`

// replicas is a mesh with a server of three pods that are alike and one that is not, on two nodes, and a gateway of two pods on the same
// nodes.
func replicas(more string) string {
	var b strings.Builder
	pod := func(namespace, name, app, version, node, address, containers string) {
		mutual := ""
		if strings.Contains(containers, "sidecar") {
			mutual = ", security.istio.io/tlsMode: istio"
		}
		fmt.Fprintf(&b, `
---
apiVersion: v1
kind: Pod
metadata: {name: %[1]s, namespace: %[2]s, labels: {app: %[3]s, version: %[4]s%[8]s}}
spec: {serviceAccountName: %[3]s, nodeName: %[5]s, containers: [%[7]s]}
status: {phase: Running, podIP: %[6]s, podIPs: [{ip: %[6]s}]}`, name, namespace, app, version, node, address, containers, mutual)
	}
	service := func(namespace, app, address, port, more string, pods ...string) {
		fmt.Fprintf(&b, `
---
apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec: {clusterIP: %[3]s, selector: {app: %[2]s}, ports: [{name: http, port: %[4]s, targetPort: 8080}]%[5]s}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[2]s, namespace: %[1]s, labels: {kubernetes.io/service-name: %[2]s}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:`, namespace, app, address, port, more)
		for _, p := range pods {
			f := strings.Fields(p)
			fmt.Fprintf(&b, "\n- {addresses: [%s], nodeName: %s, conditions: {ready: true}, targetRef: {kind: Pod, name: %s, namespace: %s}}", f[1], f[2], f[0], namespace)
		}
	}
	sidecar, gateway := "{name: app}, "+fmt.Sprintf(proxy, "sidecar"), fmt.Sprintf(proxy, "router")
	pod("a", "client", "client", "v1", "n1", "10.0.0.1", sidecar)
	pod("a", "bare", "bare", "v1", "n1", "10.0.0.2", "{name: app}")
	for i, version := range []string{"v1", "v1", "v2", "v1"} {
		pod("s", fmt.Sprintf("web-%d", i), "web", version, fmt.Sprintf("n%d", 1+i/2), fmt.Sprintf("10.0.1.%d", i), sidecar)
	}
	pod("s", "near", "near", "v1", "n1", "10.0.2.1", sidecar)
	for i := range 2 {
		pod("g", fmt.Sprintf("gw-%d", i), "gw", "v1", fmt.Sprintf("n%d", 1+i), fmt.Sprintf("10.0.3.%d", i), gateway)
	}
	service("s", "web", "10.9.0.1", "80", "", "web-0 10.0.1.0 n1", "web-1 10.0.1.1 n1", "web-2 10.0.1.2 n2", "web-3 10.0.1.3 n2")
	service("s", "near", "10.9.0.2", "80", ", internalTrafficPolicy: Local", "near 10.0.2.1 n1")
	service("g", "gw", "10.9.0.3", "80", "", "gw-0 10.0.3.0 n1", "gw-1 10.0.3.1 n2")
	return strings.TrimPrefix(b.String(), "\n---\n") + `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: g}
spec: {selector: {app: gw}, servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: gw, namespace: s}
spec: {hosts: ["*"], gateways: [g/gw], http: [{match: [{uri: {prefix: /near}}], route: [{destination: {host: near}}]}, {route: [{destination: {host: web}}]}]}
` + more
}

// TestReplicas: pods that cannot differ are gone through once, and all of them are named; those that can differ each have their share.
func TestReplicas(t *testing.T) {
	deny := func(of string) string {
		return "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny, namespace: s}\nspec: {selector: {matchLabels: {app: web}}, action: DENY, rules: [{" + of + "}]}\n"
	}
	const all = "reaches 1.00 web-0 web-1 web-2 web-3"
	for _, c := range []struct{ name, from, to, more, want string }{
		{"a proxy chooses", "client.a", "web.s/", "", all},
		{"the kernel chooses", "bare.a", "web.s/", "", all},
		{"a gateway chooses", "outside", "http://web.example/", "", all},
		{"one pod differs", "client.a", "web.s/", strings.Replace(deny(""), "app: web", "version: v2", 1), "reaches 0.75 web-0 web-1 web-3, answered 0.25"},
		{"one pod differs behind the kernel", "bare.a", "web.s/", strings.Replace(deny(""), "app: web", "version: v2", 1), "reaches 0.75 web-0 web-1 web-3, answered 0.25"},
		{"one address differs", "client.a", "web.s/", deny("when: [{key: destination.ip, values: [10.0.1.1]}]"), "reaches 0.75 web-0 web-2 web-3, answered 0.25"},
		{"one gateway's address is refused", "outside", "http://web.example/", deny("from: [{source: {ipBlocks: [10.0.3.1]}}]"), "reaches 0.50 web-0 web-1 web-2 web-3, answered 0.50"},
		{"and by way of a proxy", "client.a", "gw.g/", deny("from: [{source: {ipBlocks: [10.0.3.1]}}]"), "reaches 0.50 web-0 web-1 web-2 web-3, answered 0.50"},
		{"one gateway has no pod on its node", "outside", "http://web.example/near", "", "answered 0.50, reaches 0.50 near"},
		{"nor by way of a proxy", "client.a", "gw.g/near", "", "answered 0.50, reaches 0.50 near"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := manifest.Source{Stdin: strings.NewReader(replicas(c.more))}.Snapshot("-")
			if err != nil {
				t.Fatal(err)
			}
			q, err := question.Question{From: c.from, To: c.to, Via: map[bool]string{true: "gw.g"}[c.from == "outside"]}.Bind(s)
			if err != nil {
				t.Fatal(err)
			}
			_, v := resolve.Answer(s, q)
			var got []string
			for _, o := range v.Outcomes {
				text := fmt.Sprintf("%s %.2f", o.Kind, o.Share)
				if o.Kind == flow.Reaches {
					var names []string
					for _, b := range o.Backends {
						names = append(names, b.Name)
					}
					slices.Sort(names)
					text += " " + strings.Join(names, " ")
				}
				got = append(got, text)
			}
			slices.Sort(got)
			want := strings.Split(c.want, ", ")
			slices.Sort(want)
			if !v.Settled || !slices.Equal(got, want) {
				t.Errorf("got %q, settled %v\nwant %q", got, v.Settled, want)
			}
		})
	}
}
