package gateway

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

type gatewayTableKey struct {
	server            *config.GatewayServer
	namespace, labels string
}

// RouteTable builds the virtual hosts of a chain's servers (pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig). Unlike
// in the mesh, VirtualServices with one host are merged in their order; what matches everything goes to the end.
func (c *Chain) RouteTable(s *mesh.Snapshot, client precedence.Client) *config.RouteTable {
	return mesh.Derive(s, gatewayTableKey{c.Server(), client.Namespace, precedence.LabelsKey(client.Labels)}, func() *config.RouteTable {
		t := config.NewRouteTable(c.Server().Number())
		byName := map[string]*config.VirtualHost{}
		for _, x := range c.Servers {
			c.addServer(s, t, x, client, byName)
		}
		for _, v := range t.Hosts {
			slices.SortStableFunc(v.Routes, func(a, b config.Route) int { return rank(a) - rank(b) })
		}
		return t
	})
}

func rank(r config.Route) int {
	if r.CatchAll() {
		return 1
	}
	return 0
}

func (c *Chain) addServer(s *mesh.Snapshot, t *config.RouteTable, x *config.GatewayServer, client precedence.Client, byName map[string]*config.VirtualHost) {
	for _, v := range routing.BoundTo(s, x.Gateway, client.Namespace) {
		hosts := config.Lowered(config.Intersect(hostsFor(x, v.Namespace), asWritten(v)))
		if len(hosts) == 0 {
			loseAll(t, v.Hosts, precedence.Loses(v.Field("hosts"), precedence.OtherHost, x.Ref))
			continue
		}
		if x.Unrouted {
			loseAll(t, v.Hosts, precedence.Loses(v.Ref, precedence.ServerUnrouted, x.Ref))
			continue
		}
		routes := v.Routes(config.Proxy{Client: client, Gateways: []string{x.Gateway}}, x.Number())
		if len(routes) == 0 {
			loseAll(t, v.Hosts, precedence.Loses(v.Ref, precedence.NoHTTPRoute))
			continue
		}
		for _, h := range hosts {
			vh := byName[h]
			if vh == nil {
				vh = &config.VirtualHost{Name: h}
				byName[h] = vh
				t.Add(vh, []string{h})
			}
			if !slices.Contains(vh.Merged, v) {
				vh.Merged = append(vh.Merged, v)
				vh.Routes = append(vh.Routes, routes...)
			}
			redirect(vh, x)
		}
	}
	if !x.Redirects() || x.Unrouted {
		return
	}
	for _, h := range x.Hosts {
		// Registered as it is written: with a namespace it is a name that nobody asks for.
		if byName[h] == nil {
			byName[h] = &config.VirtualHost{Name: h}
			t.Add(byName[h], []string{h})
		}
		redirect(byName[h], x)
	}
}

func redirect(v *config.VirtualHost, x *config.GatewayServer) {
	if x.Redirects() && v.RequireTLS.IsZero() {
		v.RequireTLS = x.Ref.At(x.Ref.Field + ".tls.httpsRedirect")
	}
}

func loseAll(t *config.RouteTable, names []string, c precedence.Considered) {
	for _, n := range names {
		t.Losers[n] = append(t.Losers[n], c)
	}
}

// hostsFor are the server's hosts that VirtualServices of a namespace may use, as they are written: letters of the other case are other
// letters when a VirtualService's hosts are compared with them, though not when a request's are (buildGatewayHTTPRouteConfig).
func hostsFor(x *config.GatewayServer, namespace string) []string {
	var out []string
	for _, h := range x.Written {
		if ns, name, slash := strings.Cut(h, "/"); !slash {
			out = append(out, h)
		} else if ns == namespace {
			out = append(out, name)
		}
	}
	return out
}

// matchingHosts reports whether a VirtualService has one of the server's hosts (pickMatchingGatewayHosts).
func matchingHosts(x *config.GatewayServer, v *config.VirtualService) bool {
	return slices.ContainsFunc(hostsFor(x, v.Namespace), func(h string) bool {
		return slices.ContainsFunc(asWritten(v), func(o string) bool { return mesh.HostsOverlap(h, o) })
	})
}

// asWritten are the hosts with the letters that they are written in; routes of the Gateway API have small ones only.
func asWritten(v *config.VirtualService) []string {
	if v.Written == nil {
		return v.Hosts
	}
	return v.Written
}

// rawRoute is the first route that hands on the bytes of a server.
func rawRoute(x *config.GatewayServer, s *mesh.Snapshot, namespace string) ([]routing.L4Route, mesh.Ref, bool) {
	scope := routing.GatewayScope(s, namespace)
	for _, v := range routing.BoundTo(s, x.Gateway, namespace) {
		if !matchingHosts(x, v) {
			continue
		}
		for _, r := range v.TCP {
			fits := len(r.Match) == 0 || slices.ContainsFunc(r.Match, func(m *networking.L4MatchAttributes) bool { return fits(x, m.Port, m.Gateways) })
			if fits && len(r.Route) > 0 {
				return scope.L4Routes(r.Route, x.Number()), r.Ref, true
			}
		}
		if !v.GatewayAPI {
			continue
		}
		for _, r := range v.TLS { // a TLSRoute on a listener that takes TLS off
			return scope.L4Routes(r.Route, x.Number()), r.Ref, true
		}
	}
	return nil, mesh.Ref{}, false
}

func fits(x *config.GatewayServer, port uint32, gateways []string) bool {
	return (port == 0 || int(port) == x.Number()) && (len(gateways) == 0 || slices.Contains(gateways, x.Gateway))
}

// tlsRoutes are the chains that hand TLS on by its server name. A name that is taken on the port already drops the match.
func tlsRoutes(x *config.GatewayServer, s *mesh.Snapshot, namespace string, taken map[string]bool) []Chain {
	var out []Chain
	scope := routing.GatewayScope(s, namespace)
	for _, v := range routing.BoundTo(s, x.Gateway, namespace) {
		if !matchingHosts(x, v) {
			continue
		}
		for _, r := range v.TLS {
			for _, m := range r.Match {
				if len(r.Route) == 0 || !fits(x, m.Port, m.Gateways) || slices.ContainsFunc(m.SniHosts, func(h string) bool { return taken[h] }) {
					continue
				}
				for _, h := range m.SniHosts {
					taken[h] = true
				}
				out = append(out, Chain{Servers: []*config.GatewayServer{x}, SNI: m.SniHosts, To: scope.L4Routes(r.Route, x.Number()), From: r.Ref})
			}
		}
	}
	return out
}
