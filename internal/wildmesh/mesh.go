package wildmesh

import "encoding/json"

// tree is an object as JSON has it.
type tree = map[string]any

// A maker takes its choices from bytes; behind their end it takes the first of everything.
type maker struct{ data []byte }

func (m *maker) n(most int) int {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return int(b) % most
}

// maybe is true for every third byte, and false behind the end.
func (m *maker) maybe() bool { return m.n(3) == 1 }

func of[T any](m *maker, list ...T) T { return list[m.n(len(list))] }

// some are up to three of a list, with repetitions, and at least one.
func some[T any](m *maker, list ...T) []T {
	out := []T{}
	for range 1 + m.n(3) {
		out = append(out, of(m, list...))
	}
	return out
}

// times makes up to three things, and at least one.
func times[T any](m *maker, f func() T) []T {
	out := []T{}
	for range 1 + m.n(3) {
		out = append(out, f())
	}
	return out
}

// with sets a field in one of three cases.
func (m *maker) with(t tree, field string, value func() any) {
	if m.maybe() {
		t[field] = value()
	}
}

const most = 60 // objects

// Mesh is a mesh of objects as a List of JSON, and a question of it: source, destination, path and gateway.
func Mesh(data []byte) (list []byte, ask Ask) {
	m := &maker{data}
	ask = Ask{
		From: of(m, "a.foo", "b.bar", "a.foo", "outside", "c.foo"),
		To:   of(m, "a.foo:80", "b.bar:8000", "http://a.foo/x?y=z", "https://ext.example/", "http://api.ext.example:8000/", "10.2.0.1:80", "10.1.0.2:8080", "c.istio-system:443", "a.foo:3306"),
		Path: of(m, "", "/a", "/a/b?x=1", "/"), Via: of(m, "", "", "c.istio-system:80", "a.foo"), Method: of(m, "GET", "POST", "OPTIONS"), TCP: m.maybe(),
	}
	if ask.From != "outside" {
		ask.Via = ""
	}
	items := []any{m.pod("a", "foo"), m.pod("b", "bar")}
	kinds := m.kinds()
	for i, count := 0, m.n(most); i < count && len(m.data) > 0; i++ {
		items = append(items, of(m, kinds...)())
	}
	seen := map[string]bool{}
	out := items[:0]
	for _, x := range items {
		t := x.(tree)
		meta := t["metadata"].(tree)
		key, _ := json.Marshal([]any{t["kind"], t["apiVersion"], meta["namespace"], meta["name"]})
		if !seen[string(key)] {
			seen[string(key)] = true
			out = append(out, x)
		}
	}
	list, _ = json.Marshal(tree{"apiVersion": "v1", "kind": "List", "items": out}) // of plain values
	return list, ask
}

// Ask is a question.
type Ask struct {
	From, To, Path, Via, Method string
	TCP                         bool
}

func (m *maker) kinds() []func() any {
	return []func() any{
		func() any { return m.pod(m.name(), m.namespace()) }, m.service, m.service, m.slice, m.serviceEntry, m.workloadEntry, m.virtualService, m.virtualService, m.destinationRule,
		m.peerAuthentication, m.requestAuthentication, m.authorizationPolicy, m.gateway, m.sidecar, m.envoyFilter, m.meshConfig, m.space,
		m.kubeGateway, m.httpRoute, m.httpRoute, m.tlsRoute, m.referenceGrant, m.backendTLS, m.wasm,
	}
}

func (m *maker) name() string      { return of(m, "a", "b", "c") }
func (m *maker) namespace() string { return of(m, "foo", "bar", "istio-system") }

func (m *maker) host() string {
	return of(m, "a", "b", "a.foo.svc.cluster.local", "b.bar.svc.cluster.local", "c.istio-system.svc.cluster.local", "a.foo", "ext.example", "api.ext.example", "x.example", "10.2.0.1", "nowhere.foo.svc.cluster.local")
}

// pattern is a host, perhaps a wildcard.
func (m *maker) pattern() string {
	if m.maybe() {
		return of(m, "*", "*.example", "*.ext.example", "*.foo.svc.cluster.local", "*.local")
	}
	return m.host()
}

func (m *maker) address() string {
	return of(m, "10.1.0.1", "10.1.0.2", "10.1.0.3", "10.2.0.1", "fd00::1")
}
func (m *maker) port() int { return of(m, 80, 8000, 443, 8080, 3306) }
func (m *maker) protocol() string {
	return of(m, "HTTP", "HTTPS", "TCP", "GRPC", "TLS", "HTTP2")
}
func (m *maker) labels() tree { return tree{"app": m.name()} }
func (m *maker) exportTo() any {
	return some(m, ".", "*", "foo", "bar", "~")
}

// object is one of a kind, in some namespace unless that is given.
func (m *maker) object(api, kind string, spec tree) tree {
	return tree{"apiVersion": api, "kind": kind, "metadata": tree{"name": m.name(), "namespace": m.namespace(), "labels": m.labels(), "creationTimestamp": of(m, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")}, "spec": spec}
}

// targets lets an object act on something by its reference, or by its selector.
func (m *maker) targets(spec tree, selector string) {
	switch m.n(4) {
	case 1:
		spec["targetRefs"] = times(m, m.reference)
	case 2, 3:
		spec[selector] = tree{map[string]string{"selector": "matchLabels", "workloadSelector": "labels"}[selector]: m.labels()}
	}
}

func (m *maker) reference() any {
	return of(m,
		tree{"group": "", "kind": "Service", "name": m.name()}, tree{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": m.name()},
		tree{"group": "networking.istio.io", "kind": "ServiceEntry", "name": m.name()}, tree{"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio-waypoint"})
}
