package routing

import (
	"maps"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

type sidecarRoutesKey struct {
	scope     *Scope
	namespace string // of the client, to which its own Services' short names belong; empty for what clients of all namespaces have in common
	port      int
	labels    string
}

// RouteTable builds the virtual hosts of a sidecar for a port (pilot/pkg/networking/core/httproute.go,
// BuildSidecarOutboundVirtualHosts). Of two VirtualServices with one host the first in order has it, the other one is dropped whole.
func (c *Scope) RouteTable(s *mesh.Snapshot, client precedence.Client, port int) *config.RouteTable {
	l := c.ListenerFor(port)
	if l == nil {
		return config.NewRouteTable(port)
	}
	key := sidecarRoutesKey{scope: c, namespace: client.Namespace, port: port}
	if l.labels.http {
		key.labels = precedence.LabelsKey(client.Labels)
	}
	return mesh.Derive(s, key, func() *config.RouteTable {
		p := config.Proxy{Client: client, Gateways: []string{config.MeshGateway}}
		if c.shared {
			common := key
			common.namespace = ""
			nobody := p
			nobody.Namespace = "" // of a shared scope no rule asks for the client's namespace (Partial)
			base := mesh.Derive(s, common, func() *config.RouteTable { return c.newRouteTable(l, nobody, port) })
			if t, ok := base.Extend(ownNames(client.Namespace)); ok {
				return t
			}
		}
		return c.newRouteTable(l, p, port)
	})
}

func (l *EgressListener) usesLabels() bool {
	return slices.ContainsFunc(l.VirtualServices, func(v *config.VirtualService) bool { return config.LooksAtLabels(v.HttpMatches()) })
}

// ownNames returns the domains that a virtual host has for clients of a namespace and not for those of others: the short names of their
// own Services.
func ownNames(namespace string) func(*config.VirtualHost) []string {
	return func(v *config.VirtualHost) []string {
		if v.Host == nil || !ofNamespace(v.Host.Name, namespace) && !slices.ContainsFunc(v.Host.Aliases, func(a string) bool { return ofNamespace(a, namespace) }) {
			return nil
		}
		general, _ := hostDomains(v.Host, "")
		own, _ := hostDomains(v.Host, namespace)
		return slices.DeleteFunc(own, func(d string) bool { return slices.Contains(general, d) })
	}
}

func ofNamespace(host, namespace string) bool {
	_, ns, ok := mesh.SplitServiceHost(host)
	return ok && ns == namespace
}

// claim is a VirtualService with routes for this proxy and port, and the hosts of the registry that it takes.
type claim struct {
	vs     *config.VirtualService
	routes []config.Route
	names  []string // hosts that are not in the registry
	hosts  []*mesh.Host
}

// newRouteTable gives each host a virtual host: first those that a VirtualService takes, in the order of these, then the rest of the registry.
func (c *Scope) newRouteTable(l *EgressListener, p config.Proxy, port int) *config.RouteTable {
	registry := map[string]*mesh.Host{}
	for _, h := range l.Hosts {
		if _, ok := h.Port(port); ok {
			registry[strings.ToLower(h.Name)] = h
		}
	}
	t := config.NewRouteTable(port)
	var claims []claim
	taken := map[string]bool{}
	for _, v := range l.VirtualServices {
		k, ok := l.claimAt(t, v, registry, p, port)
		if !ok {
			continue
		}
		for _, h := range k.hosts {
			taken[strings.ToLower(h.Name)] = true
		}
		claims = append(claims, k)
	}
	known := maps.Clone(taken)
	var free []string // hosts that no VirtualService takes
	for _, name := range slices.Sorted(maps.Keys(registry)) {
		if h := registry[name]; !taken[name] && h.Resolution != mesh.Alias && httpPort(h, port) {
			free = append(free, name)
			known[name] = true
		}
	}
	for _, k := range claims {
		for _, n := range k.names {
			claimDomains(t, &config.VirtualHost{Name: n, VS: k.vs, Routes: k.routes}, []string{n}, nil, known)
		}
		for _, h := range k.hosts {
			domains, short := hostDomains(h, p.Namespace)
			claimDomains(t, &config.VirtualHost{Name: h.Name, Host: h, VS: k.vs, Routes: k.routes}, domains, short, known)
		}
	}
	for _, name := range free {
		h := registry[name]
		domains, short := hostDomains(h, p.Namespace)
		claimDomains(t, &config.VirtualHost{Name: h.Name, Host: h}, domains, short, known)
	}
	return t
}

// claimAt is what a VirtualService takes at a port; it is not ok where that is nothing. A VirtualService without a host of that port acts on
// port 80 alone (BuildSidecarOutboundVirtualHosts).
func (l *EgressListener) claimAt(t *config.RouteTable, v *config.VirtualService, registry map[string]*mesh.Host, p config.Proxy, port int) (claim, bool) {
	k := l.claims(v, registry)
	if port != 80 && len(k.hosts) == 0 && !slices.ContainsFunc(v.Hosts, func(h string) bool { return overlapsAny(h, registry) }) {
		return claim{}, false
	}
	if k.routes = v.Routes(p, port); len(k.routes) == 0 {
		lose(t, k, precedence.Considered{Ref: v.Ref, Why: precedence.NoHTTPRoute})
		return claim{}, false
	}
	if v.GatewayAPI && !slices.ContainsFunc(k.hosts, func(h *mesh.Host) bool { return h.Namespace == v.Namespace || p.Namespace == v.Namespace }) {
		lose(t, k, precedence.Considered{Ref: v.Ref, Why: precedence.OtherNamespace})
		return claim{}, false
	}
	k.hosts = slices.DeleteFunc(slices.Clone(k.hosts), func(h *mesh.Host) bool { return !httpPort(h, port) })
	return k, len(k.hosts) > 0 || port == 80
}

// claimDomains adds a virtual host, or notes its VirtualService as one that came too late.
func claimDomains(t *config.RouteTable, v *config.VirtualHost, domains, short []string, known map[string]bool) {
	if o := t.Named(v.Name); o != nil {
		if v.VS != nil && o.VS != nil {
			t.Losers[v.Name] = append(t.Losers[v.Name], precedence.Considered{Ref: v.VS.Ref, Why: precedence.HostTaken, By: o.VS.Ref})
		}
		return
	}
	// A short form that is the full name of another host belongs to that one.
	domains = slices.DeleteFunc(domains, func(d string) bool { return slices.Contains(short, d) && known[strings.ToLower(d)] })
	t.Add(v, domains)
}

func lose(t *config.RouteTable, k claim, c precedence.Considered) {
	for _, h := range k.hosts {
		t.Losers[h.Name] = append(t.Losers[h.Name], c)
	}
	for _, n := range k.names {
		t.Losers[n] = append(t.Losers[n], c)
	}
}

// claims finds which hosts of the registry a VirtualService names. A wildcard takes a host only where no other VirtualService has a
// more specific host for it (separateVSHostsAndServices).
func (l *EgressListener) claims(v *config.VirtualService, registry map[string]*mesh.Host) claim {
	k := claim{vs: v}
	for _, h := range v.Hosts {
		if mesh.IsWild(h) {
			continue
		}
		if r, ok := registry[h]; ok {
			k.hosts = append(k.hosts, r)
		} else {
			k.names = append(k.names, h)
		}
	}
	for _, w := range v.Hosts {
		if !mesh.IsWild(w) {
			continue
		}
		if v.GatewayAPI {
			k.names = append(k.names, w)
			continue
		}
		found := false
		for _, name := range slices.Sorted(maps.Keys(registry)) {
			if !mesh.HostsOverlap(name, w) {
				continue
			}
			found = true
			if l.mostSpecific[name] == v.Ref && !slices.Contains(k.hosts, registry[name]) {
				k.hosts = append(k.hosts, registry[name])
			}
		}
		if !found {
			k.names = append(k.names, w)
		}
	}
	return k
}

func overlapsAny(host string, registry map[string]*mesh.Host) bool {
	if _, ok := registry[host]; ok {
		return true
	}
	for name := range registry {
		if (mesh.IsWild(host) || mesh.IsWild(name)) && mesh.HostsOverlap(host, name) {
			return true
		}
	}
	return false
}

func httpPort(h *mesh.Host, port int) bool {
	p, ok := h.Port(port)
	return ok && (p.Protocol.Class() == mesh.ClassHTTP || p.Protocol.Class() == mesh.ClassAuto)
}

// hostDomains lists the names by which clients of a namespace may call a host, and which of them are shortened ones
// (pilot/pkg/networking/core/httproute.go, generateVirtualHostDomains).
func hostDomains(h *mesh.Host, namespace string) (domains, short []string) {
	for _, name := range append([]string{h.Name}, h.Aliases...) {
		alt := []string{name + "."}
		if svc, ns, ok := mesh.SplitServiceHost(name); ok {
			alt = append(alt, svc+"."+ns, svc+"."+ns+".svc")
			if ns == namespace {
				alt = append(alt, svc)
			}
		}
		domains = append(domains, name)
		domains = append(domains, alt...)
		short = append(short, alt...)
	}
	if h.Headless() {
		for _, d := range slices.Clone(domains) {
			domains = append(domains, "*."+d)
		}
	}
	for _, a := range h.Addresses {
		if strings.Contains(a, ":") && !strings.Contains(a, "/") {
			a = "[" + a + "]"
		}
		domains = append(domains, a)
	}
	return domains, short
}
