package waypoint

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Accounts lists the service accounts of a waypoint's pods, sorted, whether the pods are ready or not
// (pilot/pkg/serviceregistry/ambient/waypoints.go, gatewayToWaypointTransform).
func Accounts(s *mesh.Snapshot, w *Waypoint) ([]string, []mesh.Gap) {
	var out []string
	pods, gaps := s.Pods.In(w.Ref.Namespace)
	for _, p := range pods {
		if a := mesh.ServiceAccountOf(p); p.Labels[mesh.GatewayNameLabel] == w.Ref.Name && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return out, gaps
}
