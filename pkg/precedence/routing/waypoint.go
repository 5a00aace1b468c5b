package routing

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// WaypointScope returns what the waypoint of a Gateway knows: all that is visible in its namespace, and the hosts that are bound to it, whether
// they are visible there or not (pilot/pkg/networking/core/waypoint.go, findWaypointResources).
func WaypointScope(s *mesh.Snapshot, gateway mesh.Ref, bound []*mesh.Host) *Scope {
	type key struct{ mesh.Ref }
	return mesh.Derive(s, key{gateway}, func() *Scope {
		c := &Scope{Namespace: gateway.Namespace, byName: map[string]*mesh.Host{}}
		for _, h := range bound {
			c.add(h)
		}
		for _, h := range visibleHosts(s, gateway.Namespace) {
			if !slices.ContainsFunc(bound, func(b *mesh.Host) bool { return b.Name == h.Name }) {
				c.add(h)
			}
		}
		return c
	})
}

// WaypointHost builds the virtual host of a host's port on a waypoint, and tells of the VirtualServices that have the host how they fared. The
// waypoint takes all of those that are in its own namespace or in the host's, one after the other; before 1.30 only the first of them. Without
// any the requests go to the host itself (pilot/pkg/networking/core/listener_waypoint.go, buildWaypointInboundHTTPRouteConfig).
func WaypointHost(s *mesh.Snapshot, waypoint precedence.Client, h *mesh.Host, port int) (*config.VirtualHost, []precedence.Considered) {
	type key struct {
		namespace, labels string
		host              *mesh.Host
		port              int
	}
	type found struct {
		*config.VirtualHost
		considered []precedence.Considered
	}
	f := mesh.Derive(s, key{waypoint.Namespace, precedence.LabelsKey(waypoint.Labels), h, port}, func() found {
		v := &config.VirtualHost{Name: h.Name, Host: h, Domains: []string{"*"}}
		if h.Resolution == mesh.DynamicDNS {
			v.Domains = []string{strings.ToLower(h.Name)}
		}
		var out []precedence.Considered
		one := s.Version.Istiod.Before(release.Release{Major: 1, Minor: 30})
		var first mesh.Ref
		for _, x := range BoundTo(s, config.MeshGateway, waypoint.Namespace) {
			if !meansHost(x, h) {
				continue
			}
			routes := waypointRoutes(s, x, waypoint, port)
			switch {
			case x.Namespace != waypoint.Namespace && x.Namespace != h.Namespace:
				out = append(out, precedence.Considered{Ref: x.Ref, Why: precedence.OtherNamespace})
			case one && !first.IsZero():
				out = append(out, precedence.Considered{Ref: x.Ref, Why: precedence.HostTaken, By: first})
			case len(routes) == 0:
				out = append(out, precedence.Considered{Ref: x.Ref, Why: precedence.NoHTTPRoute})
			default:
				out = append(out, precedence.Wins(x.Ref))
				v.Merged, v.Routes = append(v.Merged, x), append(v.Routes, routes...)
			}
			if first.IsZero() && len(x.HTTP) > 0 && (x.Namespace == waypoint.Namespace || x.Namespace == h.Namespace) {
				first = x.Ref
			}
		}
		return found{v, out}
	})
	return f.VirtualHost, f.considered
}

func meansHost(v *config.VirtualService, h *mesh.Host) bool {
	return slices.ContainsFunc(v.Hosts, func(n string) bool { return mesh.HostsOverlap(n, strings.ToLower(h.Name)) })
}

// waypointRoutes are the routes of a VirtualService on a waypoint. The namespace that they are for is the waypoint's, not the client's.
func waypointRoutes(s *mesh.Snapshot, v *config.VirtualService, waypoint precedence.Client, port int) []config.Route {
	p := config.Proxy{Client: waypoint, Gateways: []string{config.MeshGateway}}
	p.NoLabels = !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 25}) // before, labels were compared with the waypoint's own
	return v.Routes(p, port)
}

// WaypointChain is where a waypoint sends the bytes of a host's port that it does not read as HTTP: as the first route of TLS says that names
// the host alone, or the first one of TCP, of the VirtualServices that it takes; else to the host (getWaypointTCPRoutes).
func (c *Scope) WaypointChain(s *mesh.Snapshot, h *mesh.Host, port int) *Chain {
	var list []*config.VirtualService
	for _, v := range BoundTo(s, config.MeshGateway, c.Namespace) {
		if meansHost(v, h) && (v.Namespace == c.Namespace || v.Namespace == h.Namespace) {
			list = append(list, v)
		}
	}
	for _, v := range list {
		for _, r := range v.TLS {
			fits := func(m *networking.TLSMatchAttributes) bool {
				return len(m.SniHosts) == 1 && m.SniHosts[0] == h.Name && anyClient(m, int(m.Port), port)
			}
			if len(r.Match) == 0 || slices.ContainsFunc(r.Match, fits) {
				return &Chain{From: r.Ref, To: c.L4Routes(r.Route, port)}
			}
		}
	}
	for _, v := range list {
		for _, r := range v.TCP {
			fits := func(m *networking.L4MatchAttributes) bool { return anyClient(m, int(m.Port), port) }
			if len(r.Match) == 0 || slices.ContainsFunc(r.Match, fits) {
				return &Chain{From: r.Ref, To: c.L4Routes(r.Route, port)}
			}
		}
	}
	return &Chain{From: h.Ref, To: []L4Route{{Host: h.Name, Port: port}}}
}

// anyClient tells a match that a waypoint can meet: it knows neither labels nor the namespace of the client.
func anyClient(m interface {
	GetGateways() []string
	GetSourceLabels() map[string]string
	GetSourceNamespace() string
}, asked, port int) bool {
	return (asked == 0 || asked == port) && (len(m.GetGateways()) == 0 || slices.Contains(m.GetGateways(), config.MeshGateway)) &&
		len(m.GetSourceLabels()) == 0 && m.GetSourceNamespace() == ""
}
