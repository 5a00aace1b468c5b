package precedence

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

type gatewayTableKey struct {
	server            *GatewayServer
	namespace, labels string
}

// RouteTable builds the virtual hosts of a chain's servers (pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig). Unlike
// in the mesh, VirtualServices with one host are merged in their order; what matches everything goes to the end.
func (c *GatewayChain) RouteTable(s *mesh.Snapshot, client Client) *RouteTable {
	return mesh.Derive(s, gatewayTableKey{c.Server(), client.Namespace, labelsKey(client.Labels)}, func() *RouteTable {
		t := newRouteTable(c.Server().Number())
		byName := map[string]*VirtualHost{}
		for _, x := range c.Servers {
			c.addServer(s, t, x, client, byName)
		}
		for _, v := range t.Hosts {
			slices.SortStableFunc(v.Routes, func(a, b Route) int { return rank(a) - rank(b) })
		}
		return t
	})
}

func rank(r Route) int {
	if r.CatchAll() {
		return 1
	}
	return 0
}

func (c *GatewayChain) addServer(s *mesh.Snapshot, t *RouteTable, x *GatewayServer, client Client, byName map[string]*VirtualHost) {
	for _, v := range boundTo(s, x.Gateway, client.Namespace) {
		hosts := lowered(intersect(x.hostsFor(v.Namespace), v.asWritten()))
		if len(hosts) == 0 {
			t.loseAll(v.Hosts, loses(v.Field("hosts"), OtherHost, x.Ref))
			continue
		}
		routes := v.Routes(Proxy{client, []string{x.Gateway}}, x.Number())
		if len(routes) == 0 {
			t.loseAll(v.Hosts, loses(v.Ref, NoHTTPRoute))
			continue
		}
		for _, h := range hosts {
			vh := byName[h]
			if vh == nil {
				vh = &VirtualHost{Name: h}
				byName[h] = vh
				t.add(vh, []string{h})
			}
			if !slices.Contains(vh.Merged, v) {
				vh.Merged = append(vh.Merged, v)
				vh.Routes = append(vh.Routes, routes...)
			}
			vh.redirect(x)
		}
	}
	if !x.Redirects() {
		return
	}
	for _, h := range x.Hosts {
		// Registered as it is written: with a namespace it is a name that nobody asks for.
		if byName[h] == nil {
			byName[h] = &VirtualHost{Name: h}
			t.add(byName[h], []string{h})
		}
		byName[h].redirect(x)
	}
}

func (v *VirtualHost) redirect(x *GatewayServer) {
	if x.Redirects() && v.RequireTLS.IsZero() {
		v.RequireTLS = x.Ref.At(x.Ref.Field + ".tls.httpsRedirect")
	}
}

func (t *RouteTable) loseAll(names []string, c Considered) {
	for _, n := range names {
		t.Losers[n] = append(t.Losers[n], c)
	}
}

// hostsFor are the server's hosts that VirtualServices of a namespace may use, as they are written: letters of the other case are other
// letters when a VirtualService's hosts are compared with them, though not when a request's are (buildGatewayHTTPRouteConfig).
func (x *GatewayServer) hostsFor(namespace string) []string {
	var out []string
	for _, h := range x.written {
		if ns, name, slash := strings.Cut(h, "/"); !slash {
			out = append(out, h)
		} else if ns == namespace {
			out = append(out, name)
		}
	}
	return out
}

// intersect keeps of each pair of hosts that overlap the narrower one (pkg/config/host/names.go, Intersection).
func intersect(a, b []string) []string {
	var out []string
	add := func(h string) {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for _, x := range a {
		for _, y := range b {
			switch {
			case mesh.HostWithin(x, y):
				add(x)
			case mesh.HostWithin(y, x):
				add(y)
			}
		}
	}
	return out
}

// matchingHosts tells whether a VirtualService has one of the server's hosts (pickMatchingGatewayHosts).
func (x *GatewayServer) matchingHosts(v *VirtualService) bool {
	return slices.ContainsFunc(x.hostsFor(v.Namespace), func(h string) bool {
		return slices.ContainsFunc(v.asWritten(), func(o string) bool { return mesh.HostsOverlap(h, o) })
	})
}

// asWritten are the hosts with the letters that they are written in; routes of the Gateway API have small ones only.
func (v *VirtualService) asWritten() []string {
	if v.written == nil {
		return v.Hosts
	}
	return v.written
}

// rawRoute is the first route that hands on the bytes of a server.
func (x *GatewayServer) rawRoute(s *mesh.Snapshot, namespace string) ([]L4Route, mesh.Ref, bool) {
	scope := GatewayScope(s, namespace)
	for _, v := range boundTo(s, x.Gateway, namespace) {
		if !x.matchingHosts(v) {
			continue
		}
		for _, r := range v.TCP {
			fits := len(r.Match) == 0 || slices.ContainsFunc(r.Match, func(m *networking.L4MatchAttributes) bool { return x.fits(m.Port, m.Gateways) })
			if fits && len(r.Route) > 0 {
				return scope.l4Routes(r.Route, x.Number()), r.Ref, true
			}
		}
		if !v.GatewayAPI {
			continue
		}
		for _, r := range v.TLS { // a TLSRoute on a listener that takes TLS off
			return scope.l4Routes(r.Route, x.Number()), r.Ref, true
		}
	}
	return nil, mesh.Ref{}, false
}

func (x *GatewayServer) fits(port uint32, gateways []string) bool {
	return (port == 0 || int(port) == x.Number()) && (len(gateways) == 0 || slices.Contains(gateways, x.Gateway))
}

// tlsRoutes are the chains that hand TLS on by its server name. A name that is taken on the port already drops the match.
func (x *GatewayServer) tlsRoutes(s *mesh.Snapshot, namespace string, taken map[string]bool) []GatewayChain {
	var out []GatewayChain
	scope := GatewayScope(s, namespace)
	for _, v := range boundTo(s, x.Gateway, namespace) {
		if !x.matchingHosts(v) {
			continue
		}
		for _, r := range v.TLS {
			for _, m := range r.Match {
				if len(r.Route) == 0 || !x.fits(m.Port, m.Gateways) || slices.ContainsFunc(m.SniHosts, func(h string) bool { return taken[h] }) {
					continue
				}
				for _, h := range m.SniHosts {
					taken[h] = true
				}
				out = append(out, GatewayChain{Servers: []*GatewayServer{x}, SNI: m.SniHosts, To: scope.l4Routes(r.Route, x.Number()), From: r.Ref})
			}
		}
	}
	return out
}
