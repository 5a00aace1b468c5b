package enforcement

import (
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// behindWaypoint: the ztunnel of a pod sees who opened the tunnel, and behind a waypoint that is the waypoint: policies that select the pod and
// name clients then refuse everybody. It is told where no ALLOW rule takes the waypoint in.
func behindWaypoint(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Ztunnels() {
		if h.From == nil || h.From.Role != flow.Waypoint || !h.Refused() || h.From.Pod == nil {
			continue
		}
		for _, c := range h.Candidates(security.AuthorizationPolicy_ALLOW) {
			if c.Applies && c.Ref.Kind == mesh.AuthorizationPolicy {
				out = append(out, walk.Found(SeesWaypoint, c.Ref.Object(), h.From.Pod.Namespace+"/"+mesh.ServiceAccountOf(h.From.Pod)))
			}
		}
	}
	return out
}
