package resource

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Route is what all kinds of routes have in common.
type Route struct {
	Ref       mesh.Ref
	Created   time.Time
	Parents   []gatewayv1.ParentReference
	Hostnames []string // as declared, in lower case

	HTTP *gatewayv1.HTTPRoute // one of them is set
	GRPC *gatewayv1.GRPCRoute
	TLS  *gatewayv1.TLSRoute
	TCP  *gatewayv1.TCPRoute
}

type apiRoutesKey struct{}

// Routes lists all routes, HTTPRoutes first, of each kind the oldest first.
func (c *Context) Routes() []*Route {
	return mesh.Derive(c.Snapshot, apiRoutesKey{}, func() []*Route {
		var out []*Route
		add := func(kind mesh.Kind, o metav1.Object, spec gatewayv1.CommonRouteSpec, hostnames []gatewayv1.Hostname) *Route {
			r := &Route{Ref: mesh.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()},
				Created: o.GetCreationTimestamp().Time, Parents: spec.ParentRefs}
			for _, h := range hostnames {
				r.Hostnames = append(r.Hostnames, strings.ToLower(string(h)))
			}
			out = append(out, r)
			return r
		}
		http, _ := c.Snapshot.HTTPRoutes.All()
		for _, r := range http {
			add(mesh.HTTPRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).HTTP = r
		}
		grpc, _ := c.Snapshot.GRPCRoutes.All()
		for _, r := range ifRead(c, release.GRPCRoutesRead, grpc) {
			add(mesh.GRPCRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).GRPC = r
		}
		tls, _ := c.Snapshot.TLSRoutes.All()
		for _, r := range ifRead(c, release.TLSRoutesRead, tls) {
			add(mesh.TLSRoute, r, r.Spec.CommonRouteSpec, r.Spec.Hostnames).TLS = r
		}
		tcp, _ := c.Snapshot.TCPRoutes.All()
		for _, r := range ifRead(c, release.TCPRoutesRead, tcp) {
			add(mesh.TCPRoute, r, r.Spec.CommonRouteSpec, nil).TCP = r
		}
		return out
	})
}

// Hosts are the host names that the route is for; one that names none is for all.
func (r *Route) Hosts() []string {
	if len(r.Hostnames) == 0 {
		return []string{"*"}
	}
	return r.Hostnames
}

// Reads reports whether istiod reads a kind that came with a release.
func (c *Context) Reads(since release.Since) bool {
	return readsAlpha(c.Snapshot) || c.Snapshot.Version.Istiod.Has(since)
}

// Has reports whether istiod's release has a change.
func (c *Context) Has(since release.Since) bool { return c.Snapshot.Version.Istiod.Has(since) }

func readsAlpha(s *mesh.Snapshot) bool { return s.Flag("PILOT_ENABLE_ALPHA_GATEWAY_API").On() }

// ifRead is the list of a kind, empty where istiod does not read the kind yet.
func ifRead[T any](c *Context, since release.Since, list []T) []T {
	if !c.Reads(since) {
		return nil
	}
	return list
}

// NotFoundWithoutBackends reports whether istiod is of the one minor release that answers for rules without backends by 404.
func (c *Context) NotFoundWithoutBackends() bool {
	v := c.Snapshot.Version.Istiod
	return v.Major == 1 && v.Minor == 30
}
