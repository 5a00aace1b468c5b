package resolve

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// route finds the route that takes the request: of the virtual host's, the first whose conditions all hold.
func route(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted || !f.L7 || f.Route != nil {
		return Result{}
	}
	if f.VHost != nil && f.VHost.VS == nil && len(f.VHost.Routes) == 0 && f.VHost.Host != nil {
		f.Route = &RouteChoice{Ref: f.VHost.Host.Ref, Retry: retryOf(s.Config.Proto.GetDefaultHttpRetryPolicy())}
		r := passes(f)
		r.Effect, r.Resource, r.Note = Routes, f.VHost.Host.Ref, NoteDefaultRoute
		return r
	}
	r := passes(f)
	var flows []Flow
	var routes []precedence.Route
	if f.VHost != nil {
		routes = f.VHost.Routes
	}
	for i := range routes {
		x := &routes[i]
		is, checks := f.matchRoute(x, joinsLines(s))
		r.Candidates = append(r.Candidates, Candidate{Ref: x.Ref, Applies: is != False, Matches: is, Checks: checks})
		if is == False {
			continue
		}
		next := f
		next.Route = &RouteChoice{Route: x, Ref: x.HTTP.Ref, Timeout: x.HTTP.Timeout.AsDuration()}
		policy := x.HTTP.Retries
		if policy == nil {
			policy = s.Config.Proto.GetDefaultHttpRetryPolicy()
		}
		next.Route.Retry = retryOf(policy)
		flows = append(flows, next)
		if is == True {
			for j := i + 1; j < len(routes); j++ {
				r.Candidates = append(r.Candidates, Candidate{Ref: routes[j].Ref, Why: precedence.OlderWins, By: x.Ref})
			}
			break
		}
	}
	last := len(r.Candidates) > 0 && len(flows) > 0 && is(r.Candidates, True)
	r.Effect = Routes
	switch {
	case len(flows) == 0 || !last:
		o := f.replies(404, RouteNotFound, "route_not_found", "NR")
		o.By = f.noRouteBy(s)
		if len(flows) == 0 {
			e := ends(o)
			e.Candidates, e.Facts = r.Candidates, []string{envoyPath(f), strconv.Itoa(len(routes))}
			if len(o.By) > 0 {
				e.Resource = o.By[0].Ref.Object()
			}
			return e
		}
		r.Rejects, r.Effect, r.With = Unknown, Maybe, o
		r.Gaps = f.Token.Gaps
	}
	r.Resource = flows[0].Route.Ref
	r.Note, r.Facts = NoteRouteMatched, []string{envoyPath(f)}
	r.Next = nil
	if len(flows) == 1 {
		r.Next = []Branch{{flows[0], 1}}
		return r
	}
	r.Gaps = f.Token.Gaps
	for _, x := range flows {
		r.Next = append(r.Next, Branch{Flow: x})
	}
	return r
}

func is(list []Candidate, t Tri) bool {
	for _, c := range list {
		if c.Matches == t {
			return true
		}
	}
	return false
}

func envoyPath(f Flow) string {
	path, _, _ := strings.Cut(f.Message.Path, "?")
	return path
}

// noRouteBy is responsible for a request that no route takes: the VirtualServices that have the host.
func (f Flow) noRouteBy(s *mesh.Snapshot) []Responsible {
	if f.At.Role != ClientSidecar {
		return f.noGatewayRouteBy(s)
	}
	if f.VHost == nil || f.VHost.VS == nil {
		return nil
	}
	return by(Cause, append(f.VHost.VS.RouteLists(), f.VHost.VS.Missing...)...)
}
