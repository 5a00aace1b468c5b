package gatewayapi

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// addRoutes makes the VirtualServices of all routes.
func (g *gatewayAPI) addRoutes() {
	var shares []share
	for _, r := range g.routes() {
		attached := g.attach(r)
		switch {
		case r.http != nil || r.grpc != nil:
			shares = append(shares, g.sharesOf(r, attached)...)
		case r.tls != nil:
			g.addTLSRoute(r, attached)
		case r.tcp != nil:
			g.addTCPRoute(r, attached)
		}
	}
	g.merge(shares)
	if !g.s.TLSRoutes.Known() && g.listensFor("TLSRoute") {
		_, gaps := g.s.TLSRoutes.All()
		g.unread(gaps)
	}
	if !g.s.TCPRoutes.Known() && g.listensFor("TCPRoute") {
		_, gaps := g.s.TCPRoutes.All()
		g.unread(gaps)
	}
}

// listensFor tells whether a port is opened or not by routes of a kind.
func (g *gatewayAPI) listensFor(kind string) bool {
	return slices.ContainsFunc(g.listeners, func(l *apiListener) bool { return l.programmed && slices.Contains(l.kinds, kind) })
}

// newVirtualService makes a public VirtualService, unless the mesh's default says otherwise: routes have no exportTo of their own.
func (g *gatewayAPI) newVirtualService(r *apiRoute, name, gateway, host string) *config.VirtualService {
	v := &config.VirtualService{Ref: r.ref, Namespace: r.ref.Namespace, Hosts: []string{host}, Gateways: []string{gateway}, GatewayAPI: true,
		Name: name, Created: r.created, ExportTo: config.ResolvedExports(g.s, nil, r.ref.Namespace)}
	g.services = append(g.services, v)
	return v
}

// convert prepares the conversion for the gateways, or for the mesh, among the parents of a route.
func (g *gatewayAPI) convert(r *apiRoute, attached []attachment, inMesh bool) conversion {
	c := conversion{conversionContext: g.conversionContext, route: r, mesh: inMesh}
	for _, a := range attached {
		switch {
		case inMesh != (a.listener == nil):
		case inMesh:
			c.hosts = append(c.hosts, a.hosts...)
		default:
			c.hosts = append(c.hosts, r.hostsAt(a.listener)...)
		}
	}
	return c
}
