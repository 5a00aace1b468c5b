package gatewayapi

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
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
func (c *conversionContext) routes() []*apiRoute {
	return mesh.Derive(c.s, apiRoutesKey{}, func() []*apiRoute {
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
		http, _ := c.s.HTTPRoutes.All()
		for _, r := range http {
			add(mesh.HTTPRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).http = r
		}
		grpc, _ := c.s.GRPCRoutes.All()
		for _, r := range grpc {
			add(mesh.GRPCRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).grpc = r
		}
		tls, _ := c.s.TLSRoutes.All()
		for _, r := range tls {
			add(mesh.TLSRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).tls = r
		}
		tcp, _ := c.s.TCPRoutes.All()
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
