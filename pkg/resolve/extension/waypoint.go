package extension

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Waypoint finds what extends a waypoint for what was dialled. routes finds the virtual host of a Service on it. A policy that selects the
// waypoint's pod is told where a flag of istiod's makes it act on the tunnel.
func Waypoint(routes func(*mesh.Snapshot, flow.Flow) *config.VirtualHost) Run {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result {
		if f.L7 {
			f.VHost = routes(s, f)
		}
		r := Extensions(s, f)
		flag := layered(s, f)
		if flag.IsZero() {
			return r
		}
		if r.Passing == "" {
			r = flow.Unseen(f)
		}
		free(&r, f, nil, flag)
		return r
	}
}

// WaypointRoutes applies the patches of the default route.
func WaypointRoutes(s *mesh.Snapshot, f flow.Flow) flow.Result {
	switch {
	case f.Extended == nil || !f.L7, f.Attached.Host != nil && f.VHost == nil:
		return flow.Result{}
	case unpatchedRoutes(f) && !f.Extended.Manager.Set.Has("route_config"):
		return unpatched(f, flow.NoteExtensionWaypointRoutes, networking.EnvoyFilter_ROUTE_CONFIGURATION, networking.EnvoyFilter_VIRTUAL_HOST, networking.EnvoyFilter_HTTP_ROUTE)
	}
	return InboundRoutes(s, f)
}

// unpatched tells of the patches that istiod does not apply at a waypoint, though they match by their context.
func unpatched(f flow.Flow, note flow.Note, kinds ...networking.EnvoyFilter_ApplyTo) flow.Result {
	r := flow.Unseen(f)
	for _, to := range kinds {
		for _, p := range f.Extended.Patches.All(to) {
			if p.Op == networking.EnvoyFilter_Patch_ADD && to == networking.EnvoyFilter_CLUSTER || !p.In(envoyfilter.Inbound) && !p.In(envoyfilter.Outbound) {
				continue
			}
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Why: noOperation})
			r.Notes = append(r.Notes, flow.Finding{Code: note, Resource: p.Ref, Args: []string{f.Attached.Gateway.ID()}})
		}
	}
	if len(r.Candidates) == 0 {
		return flow.Result{}
	}
	return r
}
