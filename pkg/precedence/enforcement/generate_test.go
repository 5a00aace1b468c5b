package enforcement_test

import (
	"fmt"
	"math/rand"
	"strings"
)

// generator writes meshes in which a captured pod, or one with a sidecar, or one without either, is called by everybody; with or without
// waypoints that can be used, and with policies of all kinds for it.
type generator struct {
	*rand.Rand
	out strings.Builder
}

// pick returns one of several words.
func (g *generator) pick(words ...string) string { return words[g.Intn(len(words))] }

// oneIn reports true once in n times.
func (g *generator) oneIn(n int) bool { return g.Intn(n) == 0 }

func (g *generator) add(format string, args ...any) {
	fmt.Fprintf(&g.out, format+"\n---\n", args...)
}

// generated is a mesh, its number the seed.
func generated(seed int64) string {
	g := &generator{Rand: rand.New(rand.NewSource(seed))}
	g.namespaces()
	g.clients()
	g.server()
	g.waypoints()
	for i := range 4 {
		g.authorization(i)
	}
	for i := range 2 {
		g.peer(i)
		g.token(i)
	}
	return g.out.String()
}

func (g *generator) namespaces() {
	labels := "istio.io/dataplane-mode: ambient"
	if g.oneIn(3) {
		labels += ", istio.io/use-waypoint: " + g.pick("wp", "nope", "none")
	}
	if g.oneIn(6) {
		labels += ", istio.io/ingress-use-waypoint: 'true'"
	}
	g.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: app, labels: {%s}}", labels)
	for _, ns := range []string{"infra", "legacy", "side", "istio-system"} {
		g.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}", ns)
	}
	g.add("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: 'rootNamespace: istio-system'}")
}

const (
	captured = ", annotations: {ambient.istio.io/redirection: enabled}"
	proxied  = `containers: [{name: app, ports: [{containerPort: 8080}, {containerPort: 9090}]}, {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}]`
	plain    = "containers: [{name: app, ports: [{containerPort: 8080}, {containerPort: 9090}]}]"
)

func (g *generator) pod(namespace, name, labels, more, containers, ip string) {
	g.add("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: %s, labels: {%s}%s}\nspec: {serviceAccountName: %s, nodeName: n1, %s}\nstatus: {phase: Running, podIP: %s}",
		name, namespace, labels, more, name, containers, ip)
}

func (g *generator) clients() {
	g.pod("app", "client", "app: client", captured, plain, "10.0.0.1")
	g.pod("app", "other", "app: other", captured, plain, "10.0.0.2")
	g.pod("legacy", "client", "app: client", "", plain, "10.0.0.3")
	g.pod("legacy", "captured", "app: client, istio.io/dataplane-mode: ambient", captured, plain, "10.0.0.6")
	g.pod("side", "client", "app: client, security.istio.io/tlsMode: istio", "", proxied, "10.0.0.4")
	g.pod("istio-system", "gate", "istio: gate", "", `containers: [{name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, router]}]`, "10.0.0.5")
	g.service("istio-system", "gate", "", "istio: gate", "10.9.0.5", "{name: http, port: 80, targetPort: 8080}")
	g.slice("istio-system", "gate", "{name: http, port: 8080}", "10.0.0.5")
	g.add("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: web, namespace: app}\nspec: {selector: {istio: gate}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}")
	g.add("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: app}\nspec: {hosts: [web.example], gateways: [web], http: [{route: [{destination: {host: s, port: {number: 80}}}]}]}")
}

func (g *generator) service(namespace, name, labels, selector, ip, ports string) {
	g.add("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: %s, labels: {%s}}\nspec: {selector: {%s}, clusterIP: %s, ports: [%s]}", name, namespace, labels, selector, ip, ports)
}

func (g *generator) slice(namespace, name, ports, ip string) {
	g.add("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: %s-1, namespace: %s, labels: {kubernetes.io/service-name: %s}}\naddressType: IPv4\nports: [%s]\nendpoints:\n- {addresses: [%s], conditions: {ready: true}, targetRef: {kind: Pod, name: %s, namespace: %s}}",
		name, namespace, name, ports, ip, name, namespace)
}

// server is the pod that is called, app/s, with its Service.
func (g *generator) server() {
	labels, more, containers := "app: s", captured, plain
	switch g.Intn(10) {
	case 0:
		labels, more = labels+", istio.io/dataplane-mode: none", ""
	case 1, 2:
		labels, more, containers = labels+", security.istio.io/tlsMode: istio", "", proxied
	case 3:
		more = ", annotations: {ambient.istio.io/redirection: enabled, ambient.istio.io/bypass-inbound-capture: 'true'}"
	}
	if g.oneIn(5) {
		labels += ", istio.io/use-waypoint: " + g.pick("wp", "none")
	}
	g.pod("app", "s", labels, more, containers, "10.0.0.9")
	own, ip := "", "10.9.0.9"
	if g.oneIn(2) {
		own = "istio.io/use-waypoint: " + g.pick("wp", "wp", "wp", "nope", "none")
	} else if g.oneIn(3) {
		own = "istio.io/use-waypoint: far, istio.io/use-waypoint-namespace: infra"
	}
	if own != "" && g.oneIn(3) {
		own += ", istio.io/ingress-use-waypoint: " + g.pick("'true'", "'false'")
	}
	if g.oneIn(8) {
		ip = "None"
	}
	g.service("app", "s", own, "app: s", ip, "{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000, targetPort: 9090}")
	g.slice("app", "s", "{name: http, port: 8080}, {name: tcp, port: 9090}", "10.0.0.9")
}

// waypoints are app/wp and infra/far, which may leave app out.
func (g *generator) waypoints() {
	for i, w := range [][2]string{{"app", "wp"}, {"infra", "far"}} {
		labels, routes := "", ""
		if g.oneIn(3) {
			labels = "istio.io/waypoint-for: " + g.pick("service", "workload", "all", "none")
		}
		if i > 0 && g.oneIn(2) {
			routes = ", allowedRoutes: {namespaces: {from: All}}"
		}
		ip := fmt.Sprintf("10.0.1.%d", i+1)
		g.add("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: %s, namespace: %s, labels: {%s}}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE%s}]}\nstatus: {addresses: [{type: Hostname, value: %s.%s.svc.cluster.local}]}",
			w[1], w[0], labels, routes, w[1], w[0])
		g.pod(w[0], w[1], "gateway.networking.k8s.io/gateway-name: "+w[1], "", "containers: [{name: istio-proxy, args: [proxy, waypoint]}]", ip)
		g.service(w[0], w[1], "gateway.istio.io/managed: istio.io-mesh-controller", "gateway.networking.k8s.io/gateway-name: "+w[1], fmt.Sprintf("10.9.1.%d", i+1), "{name: mesh, port: 15008}")
		g.slice(w[0], w[1], "{name: mesh, port: 15008}", ip)
	}
}

// aim is the namespace of a policy and what it is for.
func (g *generator) aim(targets bool) (namespace, spec string) {
	namespace = g.pick("app", "app", "app", "app", "istio-system", "infra", "legacy")
	if targets && g.oneIn(2) {
		return namespace, "targetRefs: [" + g.pick("{kind: Service, name: s}", "{kind: Service, name: s}", "{kind: Service, name: t}",
			"{group: gateway.networking.k8s.io, kind: Gateway, name: wp}", "{group: gateway.networking.k8s.io, kind: Gateway, name: far}",
			"{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}") + "], "
	}
	return namespace, g.pick("", "selector: {matchLabels: {app: s}}, ", "selector: {matchLabels: {app: s}}, ", "selector: {matchLabels: {app: t}}, ", "selector: {}, ")
}

func (g *generator) labels() string {
	if g.oneIn(12) {
		return ", labels: {istio.io/rev: canary}"
	}
	return ""
}

func (g *generator) authorization(n int) {
	namespace, spec := g.aim(true)
	more := g.labels()
	if g.oneIn(12) {
		more += ", annotations: {istio.io/dry-run: 'true'}"
	}
	action, most := g.pick("ALLOW", "DENY", "DENY", "AUDIT"), 3
	if action == "ALLOW" {
		most = 2 // two may let everything in, and then change nothing
	}
	var rules []string
	for range g.Intn(most) {
		rules = append(rules, g.rule())
	}
	g.add("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p%d, namespace: %s%s}\nspec: {%saction: %s, rules: [%s]}",
		n, namespace, more, spec, action, strings.Join(rules, ", "))
}

// rule is one that some requests of the sweep meet, wherever all of it is read, and others do not.
func (g *generator) rule() string {
	var parts []string
	if g.oneIn(2) {
		parts = append(parts, "from: [{source: {"+g.pick("principals: ['*/sa/client']", "namespaces: [app, side]", "notPrincipals: ['*/sa/client']", "ipBlocks: [10.0.0.2, 10.0.0.4]", "notIpBlocks: [10.0.0.2, 10.0.0.4]",
			"remoteIpBlocks: [10.0.0.1]", "notRequestPrincipals: ['*']", "principals: ['*/sa/client'], trustDomains: [cluster.local]", "principals: ['*/sa/client', '*/sa/wp', '*/sa/far', '*/sa/gate']")+"}}]")
	}
	if g.oneIn(2) || len(parts) == 0 {
		parts = append(parts, "to: [{operation: {"+g.pick("methods: [DELETE]", "paths: [/a]", "ports: ['8080', '80']", "ports: ['8080', '80'], methods: [DELETE]", "notMethods: [GET]")+"}}]")
	}
	if g.oneIn(6) {
		parts = append(parts, "when: [{key: "+g.pick("'request.headers[x-never]', notValues: [y]", "source.namespace, values: [app, side, infra, istio-system]")+"}]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (g *generator) peer(n int) {
	namespace, spec := g.aim(false)
	mode := g.pick("STRICT", "PERMISSIVE", "DISABLE", "UNSET")
	ports := ""
	if strings.Contains(spec, "matchLabels") && g.oneIn(3) {
		ports = ", portLevelMtls: {8080: {mode: " + g.pick("STRICT", "PERMISSIVE", "DISABLE") + "}}"
	}
	g.add("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: q%d, namespace: %s%s}\nspec: {%smtls: {mode: %s}%s}", n, namespace, g.labels(), spec, mode, ports)
}

func (g *generator) token(n int) {
	namespace, spec := g.aim(true)
	g.add("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: r%d, namespace: %s%s}\nspec: {%sjwtRules: [{issuer: somebody, jwks: '%s'}]}", n, namespace, g.labels(), spec, keys)
}
