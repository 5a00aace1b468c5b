package resolve

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unmodelledPod is a proxy that is dialled in a way that neither Istio's documents nor its tests describe: a gateway whose own connections a ztunnel
// takes, or a waypoint by its own address, past any tunnel.
func unmodelledPod(s *mesh.Snapshot, f flow.Flow) flow.Result {
	r := flow.NotModelled(s, mesh.PodRef(f.Pod))
	switch mesh.RoleOf(f.Pod) {
	case mesh.GatewayProxy:
		r.Note = flow.NoteGatewayCaptured
	case mesh.WaypointProxy:
		r.Note = flow.NoteWaypointDialled
	default:
		return r
	}
	for i := range r.Gaps {
		r.Gaps[i].Rule = string(r.Note)
	}
	return r
}
