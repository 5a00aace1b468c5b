package route

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Route finds the route that takes the request: of the virtual host's, the first whose conditions all hold.
func Route(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || !f.L7 || f.Route != nil {
		return flow.Result{}
	}
	if f.VHost != nil && f.VHost.VS == nil && len(f.VHost.Routes) == 0 && f.VHost.Host != nil {
		f.Route = &flow.RouteChoice{Ref: f.VHost.Host.Ref, Retry: verdict.RetryOf(s, s.Config.Proto.GetDefaultHttpRetryPolicy())}
		r := flow.Routing(f)
		r.Resource, r.Note = f.VHost.Host.Ref, flow.NoteDefaultRoute
		return r
	}
	r := flow.Routing(f)
	var routes []config.Route
	if f.VHost != nil {
		routes = f.VHost.Routes
	}
	var flows []flow.Flow
	var costly mesh.Ref
	if r.Candidates, flows, costly = takers(s, f, routes); !costly.IsZero() {
		return flow.NotModelled(s, costly)
	}
	last := len(r.Candidates) > 0 && len(flows) > 0 && is(r.Candidates, evidence.True)
	switch {
	case len(flows) == 0 || !last:
		o := f.Replies(404, flow.RouteNotFound, "route_not_found", "NR")
		o.By = noRouteBy(f, s)
		if len(flows) == 0 {
			e := flow.End(o)
			e.Candidates, e.Args = r.Candidates, append([]string{EnvoyPath(f)}, noRouteWhy(f, s)...)
			if len(o.By) > 0 {
				e.Resource = o.By[0].Ref.Object()
			}
			return e
		}
		r.MayReject(o)
		r.Reason = ""
		r.Gaps = f.Gaps(unknown(r.Candidates))
	}
	r.Resource = flows[0].Route.Ref
	r.Note, r.Args = flow.NoteRouteMatched, []string{EnvoyPath(f)}
	r.Next = nil
	if len(flows) == 1 {
		r.Args = append(r.Args, changes(flows[0])...)
		r.Next = []flow.Branch{{Flow: flows[0], Share: 1}}
		return r
	}
	r.Gaps = f.Gaps(unknown(r.Candidates))
	for _, x := range flows {
		r.Next = append(r.Next, flow.Branch{Flow: x})
	}
	return r
}

// takers finds the routes that take the request, or may: the first whose conditions all hold, and those before it of which that is unknown. It
// stops at an expression that takes too long to compare.
func takers(s *mesh.Snapshot, f flow.Flow, routes []config.Route) (compared []flow.Candidate, flows []flow.Flow, costly mesh.Ref) {
	left := budgetFor(f)
	for i := range routes {
		x := &routes[i]
		if at, ok := left.spend(x); !ok {
			return nil, nil, at
		}
		is, checks := matchRoute(f, x, ReadingOf(s, f.Pod))
		compared = append(compared, flow.Candidate{Ref: x.Ref, Applies: is != evidence.False, Matches: is, Checks: checks})
		if is == evidence.False {
			continue
		}
		policy := x.HTTP.Retries
		if policy == nil {
			policy = s.Config.Proto.GetDefaultHttpRetryPolicy()
		}
		next := f
		next.Route = &flow.RouteChoice{Route: x, Ref: x.HTTP.Ref, Timeout: x.HTTP.Timeout.AsDuration(), Retry: verdict.RetryOf(s, policy)}
		flows = append(flows, next)
		if is == evidence.True {
			for _, later := range routes[i+1:] {
				compared = append(compared, flow.Candidate{Ref: later.Ref, Why: precedence.OlderWins, By: x.Ref})
			}
			break
		}
	}
	return compared, flows, mesh.Ref{}
}

// unknown is why it is not known of routes whether they match.
func unknown(list []flow.Candidate) evidence.Causes {
	var out evidence.Causes
	for _, c := range list {
		out |= c.Matches.Because()
	}
	return out
}

func is(list []flow.Candidate, t evidence.Tri) bool {
	for _, c := range list {
		if c.Matches == t {
			return true
		}
	}
	return false
}

// EnvoyPath is the path that routes compare: without the query.
func EnvoyPath(f flow.Flow) string {
	path, _, _ := strings.Cut(f.Message.Path, "?")
	return path
}

// noRouteBy is responsible for a request that no route takes: the VirtualServices that have the host.
func noRouteBy(f flow.Flow, s *mesh.Snapshot) []flow.Responsible {
	if f.At.Role != flow.ClientSidecar {
		return noGatewayRouteBy(f, s)
	}
	if f.VHost == nil || f.VHost.VS == nil {
		return nil
	}
	return flow.By(flow.Cause, append(f.VHost.VS.RouteLists(), f.VHost.VS.Missing...)...)
}
