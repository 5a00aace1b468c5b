package gatewayapi

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/listeners"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/rules"
)

// hostsAt are the host names that the route would have at a listener, which may not serve all of them.
func hostsAt(r *resource.Route, l *listeners.Listener) []string {
	if len(r.Hostnames) == 0 && l.Host() != "" {
		return []string{strings.ToLower(l.Host())}
	}
	return r.Hosts()
}

// addRoutes makes the VirtualServices of all routes.
func (g *gatewayAPI) addRoutes() {
	var shares []share
	for _, r := range g.Routes() {
		attached := g.attach(r)
		switch {
		case r.HTTP != nil || r.GRPC != nil:
			shares = append(shares, g.sharesOf(r, attached)...)
		case r.TLS != nil:
			g.addTLSRoute(r, attached)
		case r.TCP != nil:
			g.addTCPRoute(r, attached)
		}
	}
	g.merge(shares)
	if !g.Snapshot.TLSRoutes.Known() && g.listensFor("TLSRoute") {
		_, gaps := g.Snapshot.TLSRoutes.All()
		g.Unread(gaps)
	}
	if !g.Snapshot.TCPRoutes.Known() && g.listensFor("TCPRoute") {
		_, gaps := g.Snapshot.TCPRoutes.All()
		g.Unread(gaps)
	}
}

// listensFor reports whether a port is opened or not by routes of a kind.
func (g *gatewayAPI) listensFor(kind string) bool {
	return slices.ContainsFunc(g.Listeners, func(l *listeners.Listener) bool { return l.Programmed && slices.Contains(l.Kinds, kind) })
}

// newVirtualService makes a public VirtualService, unless the mesh's default says otherwise: routes have no exportTo of their own.
func (g *gatewayAPI) newVirtualService(r *resource.Route, name, gateway, host string) *config.VirtualService {
	v := &config.VirtualService{Ref: r.Ref, Namespace: r.Ref.Namespace, Hosts: []string{host}, Gateways: []string{gateway}, GatewayAPI: true,
		Name: name, Created: r.Created, ExportTo: config.ResolvedExports(g.Snapshot, nil, r.Ref.Namespace)}
	g.services = append(g.services, v)
	return v
}

// convert prepares the conversion for the gateways, or for the mesh, among the parents of a route.
func (g *gatewayAPI) convert(r *resource.Route, attached []attachment, inMesh bool) rules.Conversion {
	c := rules.Conversion{Context: g.Context, Route: r, Mesh: inMesh}
	for _, a := range attached {
		switch {
		case inMesh != (a.listener == nil):
		case inMesh:
			c.Hosts = append(c.Hosts, a.hosts...)
		default:
			c.Hosts = append(c.Hosts, hostsAt(r, a.listener)...)
		}
	}
	return c
}
