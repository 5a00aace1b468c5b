package nacked

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Waypoint finds what makes Envoy refuse the one listener in which a waypoint has the chains of all its Services, with their policies and
// their routes: what is attached to one Service costs all of them the next change.
func Waypoint(s *mesh.Snapshot, f flow.Flow) flow.Result {
	type key struct{ mesh.Ref }
	causes := mesh.Derive(s, key{f.Attached.Gateway}, func() []mesh.Ref {
		causes := nackCausesAt(s, waypoint.Target{Gateway: f.Attached.Gateway})
		hosts, _ := waypoint.HostsOf(s, f.Attached.Gateway)
		for _, h := range hosts {
			causes = append(causes, nackCausesAt(s, waypoint.Target{Gateway: f.Attached.Gateway, Host: h})...)
			for _, p := range h.Ports {
				v, _ := routing.WaypointHost(s, f.Client, h, p.Number)
				causes = append(causes, nackCausesIn([]*config.VirtualHost{v})...)
			}
		}
		var out []mesh.Ref
		for _, p := range causes {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
		return out
	})
	r := keeps(f, causes)
	for _, p := range causes {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteWaypointFrozen, Resource: p, Args: []string{f.Attached.Gateway.ID()}})
	}
	return r
}

func nackCausesAt(s *mesh.Snapshot, t waypoint.Target) []mesh.Ref {
	return nackCausesOf(s, waypoint.RequestAuthentications(s, t).Policies, waypoint.AuthorizationPolicies(s, t).Policies)
}
