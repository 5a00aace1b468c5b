package enforcement

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// behindWaypoint: the ztunnel or the sidecar of a pod sees who opened the tunnel, and behind a waypoint that is the waypoint: policies that
// select the pod and name clients then refuse everybody. It is told where no ALLOW rule takes the waypoint in.
func behindWaypoint(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range append(w.Ztunnels(), w.Servers()...) {
		if h.From == nil || h.From.Role != flow.Waypoint || !h.Refused() || h.From.Pod == nil {
			continue
		}
		for _, c := range h.Candidates(security.AuthorizationPolicy_ALLOW) {
			if c.Applies && c.Ref.Kind == mesh.AuthorizationPolicy && refusesPeer(c) {
				out = append(out, walk.Found(SeesWaypoint, c.Ref.Object(), h.From.Pod.Namespace+"/"+mesh.ServiceAccountOf(h.From.Pod)))
			}
		}
	}
	return out
}

// refusesPeer reports whether a rule that does not match asks who the peer is, and this one does not fit.
func refusesPeer(c flow.Candidate) bool {
	return slices.ContainsFunc(c.Checks, func(k evidence.Check) bool {
		a, _ := rbac.Of(k.Comparison)
		return k.Is == evidence.False && a != nil && a.Sender&rbac.Identity != 0
	})
}
