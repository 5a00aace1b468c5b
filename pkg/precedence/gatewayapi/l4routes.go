package gatewayapi

import (
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// addTCPRoute binds a TCPRoute to the listeners that take it, whatever their host name (route_collections.go, TCPRouteCollection).
func (g *gatewayAPI) addTCPRoute(r *resource.Route, attached []attachment) {
	count := 0
	for _, a := range attached {
		c := g.convert(r, attached, a.listener == nil)
		hosts := []string{"*"}
		if c.Mesh {
			hosts = a.hosts
		}
		rules := c.TCP()
		for i := range rules {
			if c.Mesh && a.port != 0 {
				rules[i].Match = []*networking.L4MatchAttributes{{Port: a.port}}
			}
		}
		for _, h := range hosts {
			v := g.newVirtualService(r, r.Ref.Name+"~tcp~"+strconv.Itoa(count), a.gateway(), h)
			v.TCP, v.Objects = rules, []mesh.Ref{r.Ref}
			count++
		}
	}
}

// addTLSRoute binds a TLSRoute to the server names that it has in common with each listener, and in the mesh to those that it names, or
// to the parent's (TLSRouteCollection).
func (g *gatewayAPI) addTLSRoute(r *resource.Route, attached []attachment) {
	count := 0
	for _, a := range attached {
		c := g.convert(r, attached, a.listener == nil)
		rules, hosts := c.TLS(), r.Hosts()
		if c.Mesh {
			hosts = a.hosts
		} else if own := a.listener.Host(); own != "" {
			hosts = config.Intersect(hosts, []string{strings.ToLower(own)})
		}
		for _, h := range hosts {
			v := g.newVirtualService(r, r.Ref.Name+"~tls~"+strconv.Itoa(count), a.gateway(), h)
			v.Objects = []mesh.Ref{r.Ref}
			for _, t := range rules {
				if names, ok := a.serverNames(t, h); ok {
					v.TLS = append(v.TLS, config.TLSRoute{TLSRoute: &networking.TLSRoute{Match: names, Route: t.TLSRoute.Route}, Ref: t.Ref})
				}
			}
			count++
		}
	}
}

// serverNames narrows the names of a rule to what the parent serves; it is not ok where nothing is left (constrainTLSRoutesToListenerHost,
// augmentTLSPortMatch, compatibleRoutesForHost).
func (a attachment) serverNames(t config.TLSRoute, host string) ([]*networking.TLSMatchAttributes, bool) {
	if len(t.Match) == 0 {
		return nil, true
	}
	names := t.Match[0].SniHosts
	switch {
	case a.listener != nil && a.listener.Host() != "":
		names = config.Intersect(names, []string{strings.ToLower(a.listener.Host())})
		if len(names) == 0 {
			return nil, false
		}
	case a.listener == nil:
		if slices.Equal(names, []string{"*"}) {
			names = a.hosts
		}
		if len(names) > 1 {
			names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !mesh.HostsOverlap(host, n) })
		}
	}
	return []*networking.TLSMatchAttributes{{SniHosts: names, Port: a.port}}, true
}
