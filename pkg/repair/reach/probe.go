package reach

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// What bounds a measure. A change whose reach is cut off is told to be so.
const (
	maxSources      = 60 // workloads that send
	maxDestinations = 6
	maxPaths        = 6
	maxMethods      = 3
)

// Sources that are no workloads.
const (
	outside = "outside"
	reaches = "REACHES"
	// Any stands for a path or a method that no policy names.
	Any = "*"
)

// Measure finds out which answers a change of the resources changes.
type Measure struct {
	s       *mesh.Snapshot
	q       *flow.Request
	root    *flow.Node
	sources []*corev1.Pod // one of each workload
	cut     bool          // not all workloads are among them
	asker   string        // the workload that asks
	known   map[probeKey][]answer
	way     []*mesh.Host   // the Services that the request goes to
	served  netip.AddrPort // the pod's port that it comes to; not valid where it comes to none
}

// probe is a request that sources send: to a port of a Service, or where its address or a gateway's is dialled from outside.
type probe struct {
	to           string // for people
	method, path string // as they are told: Any for one that no policy names
	token        string
	authority    string             // that of the question, where it goes where the question goes
	dest         matrix.Destination // zero where the request is from outside
	server       netip.AddrPort     // the pod's port that stands for the destination
	req          flow.Request
}

// outside reports whether the request is sent by nobody in the mesh.
func (p probe) outside() bool { return p.dest.Name == "" }

type probeKey struct {
	s    *mesh.Snapshot
	text string
}

type answer struct{ from, text string }

// New returns a measure for a question, of which root is the walk.
func New(s *mesh.Snapshot, q *flow.Request, root *flow.Node) *Measure {
	m := &Measure{s: s, q: q, root: root, known: map[probeKey][]answer{}, asker: outside}
	if q.Source != nil {
		m.asker = workloadOf(q.Source)
	}
	m.way = m.onTheWay()
	if own := m.own(); own != "" {
		for _, h := range m.way {
			if p, ok := h.Port(q.Port); ok {
				d := m.destination(h, p)
				m.served = netip.AddrPortFrom(d.ip, uint16(d.port))
				break
			}
		}
	}
	return m
}

// own is the port that the question is about, as its Service names it; empty where it goes to none, or by a gateway.
func (m *Measure) own() string {
	if m.q.Via != nil {
		return ""
	}
	for _, h := range m.way {
		if _, ok := h.Port(m.q.Port); ok && h.Kube {
			return h.Ref.Name + "." + h.Namespace + ":" + strconv.Itoa(m.q.Port)
		}
	}
	return ""
}

func workloadOf(p *corev1.Pod) string { return p.Namespace + "/" + matrix.Workload(p) }

// senders picks one pod of each workload, those of the namespaces at hand first.
func (m *Measure) senders(namespaces []string) []*corev1.Pod {
	if m.sources != nil {
		return m.sources
	}
	seen := map[string]bool{}
	if m.q.Source != nil {
		m.sources = append(m.sources, m.q.Source)
		seen[m.asker] = true
	}
	pods := matrix.Pods(m.s, func(p *corev1.Pod) bool {
		r := mesh.RoleOf(p)
		return r != mesh.GatewayProxy && r != mesh.WaypointProxy
	})
	slices.SortStableFunc(pods, func(a, b *corev1.Pod) int {
		return order(!slices.Contains(namespaces, a.Namespace), !slices.Contains(namespaces, b.Namespace))
	})
	for _, p := range pods {
		if w := workloadOf(p); !seen[w] {
			seen[w] = true
			if len(m.sources) == maxSources {
				m.cut = true
				break
			}
			m.sources = append(m.sources, p)
		}
	}
	return m.sources
}

// asked reports whether a request is the one that was asked about, by whatever name of the same server.
func (m *Measure) asked(p probe, from string) bool {
	path, _, _ := strings.Cut(m.q.Path, "?")
	if from != m.asker || p.token == "without" || m.q.Via != nil && p.dest.Name != "" {
		return false
	}
	if p.to != m.own() && m.q.Via == nil && (!p.server.IsValid() || p.server != m.served) {
		return false
	}
	return p.path == "" || p.req.Method == m.q.Method && pathOfRequest(&p.req) == path
}

func pathOfRequest(q *flow.Request) string {
	path, _, _ := strings.Cut(q.Path, "?")
	return path
}

// probes lists the requests that a change could bear on.
func (m *Measure) probes(after *mesh.Snapshot, changed []mesh.Ref) (out []probe, bounded bool) {
	dests, bounded := m.destinations(after, changed)
	m.senders(namespacesOf(dests, m.q))
	paths, methods, tokens, more := m.kinds(after, dests)
	bounded = bounded || more || m.cut
	for _, token := range tokens {
		for _, d := range dests {
			for _, path := range paths {
				for _, method := range methods {
					out = append(out, m.probesOf(d, method, path, token)...)
				}
				if d.protocolTCP() {
					break
				}
			}
		}
	}
	return out, bounded
}

// variant is a method or a path: as it is sent and as it is told.
type variant struct{ value, told string }

// destination is a port that a change bears on, and an address of its pods, at which it is dialled by who is no part of the mesh.
type destination struct {
	matrix.Destination
	ip   netip.Addr
	port int
	via  bool // the question's own gateway
}

func (d destination) protocolTCP() bool { return !d.via && d.Protocol.Class() == mesh.ClassTCP }

func namespacesOf(dests []destination, q *flow.Request) []string {
	out := []string{q.Namespace()}
	for _, d := range dests {
		out = append(out, d.Namespace)
	}
	return out
}

// probesOf are the requests to a destination: of the workloads, and of somebody outside.
func (m *Measure) probesOf(d destination, method, path variant, token string) []probe {
	req := *m.q
	req.Source, req.Method, req.Path = nil, method.value, path.value
	if token == "without" {
		req.Headers = m.tokenless()
	}
	p := probe{method: method.told, path: path.told, token: token, req: req}
	if d.via {
		p.to = m.q.Host + ":" + strconv.Itoa(m.q.Port)
		return []probe{p}
	}
	p.server = netip.AddrPortFrom(d.ip, uint16(d.port))
	p.to, p.dest = d.Host()+":"+strconv.Itoa(d.Port), d.Destination
	p.dest.Path = path.value
	if d.protocolTCP() {
		p.method, p.path = "", ""
	}
	if p.to == m.own() {
		p.authority = m.q.Authority
	}
	out := []probe{p}
	if d.ip.IsValid() {
		o := p
		o.dest = matrix.Destination{}
		o.req.Via, o.req.Host, o.req.Port, o.req.Scheme = nil, d.ip.String(), d.port, "http"
		o.req.Authority = cmp.Or(p.authority, p.to)
		if d.protocolTCP() {
			o.req.Scheme = "tcp"
		}
		out = append(out, o)
	}
	return out
}

// tokenless are the question's headers without those that carry its token.
func (m *Measure) tokenless() flow.Headers {
	out := m.q.Headers.Without("authorization")
	policies, _ := m.s.RequestAuthentications.All()
	for _, p := range policies {
		for _, r := range p.Spec.JwtRules {
			for _, h := range r.GetFromHeaders() {
				out = out.Without(h.Name)
			}
		}
	}
	return out
}

// kinds are the paths and methods that policies at the destinations tell apart, with the question's own and one of each that none names.
func (m *Measure) kinds(after *mesh.Snapshot, dests []destination) (paths, methods []variant, tokens []string, bounded bool) {
	own, _, _ := strings.Cut(m.q.Path, "?")
	pathSet, methodSet, asksToken := map[string]bool{}, map[string]bool{}, false
	for _, s := range []*mesh.Snapshot{m.s, after} {
		ns := append(namespacesOf(dests, m.q), s.Config.RootNamespace)
		policies, _ := s.AuthorizationPolicies.In(ns...)
		for _, p := range policies {
			for _, r := range p.Spec.Rules {
				asksToken = toldApart(r, pathSet, methodSet) || asksToken
			}
		}
	}
	delete(pathSet, own)
	delete(methodSet, m.q.Method)
	named := slices.Sorted(maps.Keys(pathSet))
	if len(named) > maxPaths-2 {
		named, bounded = named[:maxPaths-2], true
	}
	paths = []variant{{m.q.Path, own}}
	for _, p := range named {
		paths = append(paths, variant{p, p})
	}
	paths = append(paths, variant{"/any-other-path", Any})
	others := slices.Sorted(maps.Keys(methodSet))
	if len(others) > maxMethods-2 {
		others, bounded = others[:maxMethods-2], true
	}
	methods = []variant{{m.q.Method, m.q.Method}}
	for _, x := range others {
		methods = append(methods, variant{x, x})
	}
	for _, x := range []string{"PATCH", "DELETE", "PUT", "POST", "GET"} {
		if x != m.q.Method && !methodSet[x] {
			methods = append(methods, variant{x, Any})
			break
		}
	}
	tokens = []string{""}
	if asksToken && len(m.tokenless()) != len(m.q.Headers) {
		tokens = []string{"with", "without"}
	}
	return paths, methods, tokens, bounded
}

// toldApart notes a path and a method for each pattern of a rule, and whether it looks at tokens.
func toldApart(r *security.Rule, paths, methods map[string]bool) (token bool) {
	for _, t := range r.GetTo() {
		op := t.GetOperation()
		for _, p := range slices.Concat(op.GetPaths(), op.GetNotPaths()) {
			if w := witness(p); w != "" {
				paths[w] = true
			}
		}
		for _, x := range slices.Concat(op.GetMethods(), op.GetNotMethods()) {
			if !strings.Contains(x, "*") {
				methods[x] = true
			}
		}
	}
	for _, f := range r.GetFrom() {
		token = token || len(f.GetSource().GetRequestPrincipals())+len(f.GetSource().GetNotRequestPrincipals()) > 0
	}
	for _, w := range r.GetWhen() {
		token = token || strings.HasPrefix(w.Key, "request.auth.")
	}
	return token
}

// witness is a path that a pattern matches; empty for one that matches every path.
func witness(pattern string) string {
	switch {
	case pattern == "*" || pattern == "/*" || pattern == "":
		return ""
	case strings.HasPrefix(pattern, "*"):
		return "/any" + pattern[1:]
	case strings.HasSuffix(pattern, "*") && !strings.HasSuffix(pattern, "{*}"):
		return strings.TrimSuffix(pattern, "*")
	}
	return strings.NewReplacer("{**}", "any", "{*}", "any").Replace(pattern)
}
