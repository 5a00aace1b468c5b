package waypoint

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Routes is the virtual host of the Service that was dialled; nil for a pod. What the request calls itself does not count, but for a host that
// the waypoint resolves itself.
func Routes(s *mesh.Snapshot, f flow.Flow) *config.VirtualHost {
	if f.Attached.Host == nil {
		return nil
	}
	v, _ := routing.WaypointHost(s, f.Client, f.Attached.Host, f.Dial.Port)
	if v.Domains[0] != "*" && !mesh.HostWithin(config.StripPort(f.Message.Authority), v.Domains[0]) {
		return nil
	}
	return v
}

// VirtualHost finds the routes of the Service that was dialled.
func VirtualHost(s *mesh.Snapshot, f flow.Flow) flow.Result {
	switch {
	case !f.L7:
		return flow.Result{}
	case f.Attached.Host == nil:
		f.Route = defaultRoute(s, f, f.Attached.Gateway)
		return flow.Unseen(f)
	}
	_, considered := routing.WaypointHost(s, f.Client, f.Attached.Host, f.Dial.Port)
	f.VHost = Routes(s, f)
	if f.VHost == nil {
		o := f.Replies(404, flow.RouteNotFound, "route_not_found", "NR")
		o.By = flow.By(flow.Cause, f.Attached.Host.Ref.At("spec.hosts"))
		e := flow.End(o)
		e.Resource, e.Args = f.Attached.Host.Ref, []string{route.EnvoyPath(f), "0"}
		return e
	}
	if len(f.VHost.Routes) == 0 {
		f.Route = defaultRoute(s, f, f.Attached.Host.Ref)
	}
	r := flow.NothingApplies(f)
	r.Note, r.Resource = flow.NoteWaypointDefaultRoute, f.Attached.Host.Ref
	if len(f.VHost.Merged) > 0 {
		r = flow.Pass(f)
		r.Note, r.Resource = flow.NoteWaypointRoutes, f.VHost.Merged[0].Ref
	}
	r.Candidates = flow.Candidates(considered)
	_, gaps := s.VirtualServices.All()
	r.Unread(slices.Concat(gaps, route.Gaps(s))...)
	return r
}

// Leaves begins another connection: what the waypoint sends on comes from its own address.
func Leaves(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	f.RoutedBy = nil
	f.Wire = flow.Wire{Proxied: true, L7: f.L7, Source: f.Address(), HTTP2: f.ArrivesAsHTTP2()}
	return flow.Unseen(f)
}

// defaultRoute is the route that istiod writes where nobody else does, or the one that a patch puts before it.
func defaultRoute(s *mesh.Snapshot, f flow.Flow, of mesh.Ref) *flow.RouteChoice {
	if f.Route != nil {
		return f.Route
	}
	return &flow.RouteChoice{Ref: of, Retry: defaultRetry(s)}
}

// defaultRetry is the retry policy of a route that no VirtualService asks for: the mesh's, before 1.31 none
// (pilot/pkg/networking/core/httproute.go, buildSidecarInboundHTTPRouteConfig).
func defaultRetry(s *mesh.Snapshot) flow.Retry {
	if s.Version.Istiod.Before(release.Release{Major: 1, Minor: 31}) {
		return flow.Retry{}
	}
	return verdict.RetryOf(s, s.Config.Proto.GetDefaultHttpRetryPolicy())
}
