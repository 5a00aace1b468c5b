package gatewayapi

import (
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// apiRoute is what all kinds of routes have in common.
type apiRoute struct {
	ref       mesh.Ref
	created   time.Time
	parents   []gatewayv1.ParentReference
	hostnames []string // as declared, in lower case

	http *gatewayv1.HTTPRoute // one of them is set
	grpc *gatewayv1.GRPCRoute
	tls  *gatewayv1.TLSRoute
	tcp  *gatewayv1.TCPRoute
}

type apiRoutesKey struct{}

// routes lists all routes, HTTPRoutes first, of each kind the oldest first.
func (g *gatewayAPI) routes() []*apiRoute {
	return mesh.Derive(g.s, apiRoutesKey{}, func() []*apiRoute {
		var out []*apiRoute
		add := func(kind mesh.Kind, o metav1.Object, spec gatewayv1.CommonRouteSpec, hostnames []gatewayv1.Hostname) *apiRoute {
			r := &apiRoute{ref: mesh.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()},
				created: o.GetCreationTimestamp().Time, parents: spec.ParentRefs}
			for _, h := range hostnames {
				r.hostnames = append(r.hostnames, strings.ToLower(string(h)))
			}
			out = append(out, r)
			return r
		}
		http, _ := g.s.HTTPRoutes.All()
		for _, r := range http {
			add(mesh.HTTPRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).http = r
		}
		grpc, _ := g.s.GRPCRoutes.All()
		for _, r := range grpc {
			add(mesh.GRPCRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).grpc = r
		}
		tls, _ := g.s.TLSRoutes.All()
		for _, r := range tls {
			add(mesh.TLSRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).tls = r
		}
		tcp, _ := g.s.TCPRoutes.All()
		for _, r := range tcp {
			add(mesh.TCPRoute, r, r.Spec.CommonRouteSpec, nil).tcp = r
		}
		return out
	})
}

// hosts are the host names that the route is for; one that names none is for all.
func (r *apiRoute) hosts() []string {
	if len(r.hostnames) == 0 {
		return []string{"*"}
	}
	return r.hostnames
}

// hostsAt are the host names that the route would have at a listener, which may not serve all of them.
func (r *apiRoute) hostsAt(l *apiListener) []string {
	if len(r.hostnames) == 0 && l.hostname() != "" {
		return []string{strings.ToLower(l.hostname())}
	}
	return r.hosts()
}

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

// conversion turns the rules of a route into those of a VirtualService, for gateways or for the mesh.
type conversion struct {
	g     *gatewayAPI
	route *apiRoute
	mesh  bool
	hosts []string // that are lost if the rules are void
}

// convert prepares the conversion for the gateways, or for the mesh, among the parents of a route.
func (g *gatewayAPI) convert(r *apiRoute, attached []attachment, inMesh bool) conversion {
	c := conversion{g: g, route: r, mesh: inMesh}
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

// at points at a part of the route.
func (c conversion) at(field string) mesh.Ref { return c.route.ref.At(field) }

// void notes a fault that removes all rules of the route.
func (c conversion) void(rule string, fault *refusal) {
	c.g.lose(c.hosts, c.at(config.Under(rule, fault.field)), fault.why, fault.by)
}
