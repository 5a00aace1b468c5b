package enforcement

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// behindWaypoint: the ztunnel or the sidecar of a pod sees who opened the tunnel, and behind a waypoint that is the waypoint: policies that
// select the pod and name clients then refuse everybody. It is told where no ALLOW rule takes the waypoint in.
func behindWaypoint(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Hops {
		sidecar := h.Role == flow.ServerSidecar
		if !sidecar && !slices.Contains(w.Ztunnels(), h) || h.From == nil || h.From.Role != flow.Waypoint || !h.Refused() || h.From.Pod == nil {
			continue
		}
		for _, c := range h.Candidates(security.AuthorizationPolicy_ALLOW) {
			if c.Applies && c.Ref.Kind == mesh.AuthorizationPolicy && (!sidecar || comparesIdentity(c)) {
				out = append(out, walk.Found(SeesWaypoint, c.Ref.Object(), h.From.Pod.Namespace+"/"+mesh.ServiceAccountOf(h.From.Pod)))
			}
		}
	}
	return out
}

// comparesIdentity reports whether a rule that does not match names peers, and this one is not among them.
func comparesIdentity(c flow.Candidate) bool {
	return slices.ContainsFunc(c.Checks, func(k evidence.Check) bool {
		name := k.Field[strings.LastIndexByte(k.Field, '.')+1:]
		return k.Is == evidence.False && (name == "principals" || name == "namespaces" || name == "serviceAccounts")
	})
}
