package transport

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// portLevelWithoutSelector: portLevelMtls acts where a selector says whose ports they are. A policy for a namespace or the mesh has its ports
// ignored (pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication). It is told of the port that this request goes to, or of the
// Service's in front of it.
func portLevelWithoutSelector(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(append(w.Servers(), w.Ztunnels()...)) {
		for _, ns := range []string{h.Pod.Namespace, h.View.Config.RootNamespace} {
			list, _ := h.View.PeerAuthentications.In(ns)
			for _, p := range list {
				if len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
					continue
				}
				for port, at := range portLevels(p) {
					if forPort(h, port) && p.Spec.PortLevelMtls[uint32(port)].GetMode() != p.Spec.GetMtls().GetMode() {
						out = append(out, walk.Found(PortLevelWithoutSelector, at, mesh.PodRef(h.Pod).ID()))
					}
				}
			}
			if ns == h.View.Config.RootNamespace {
				break
			}
		}
	}
	return out
}

// forPort reports whether a port is the one that a request comes in at, or a Service's that leads there.
func forPort(h *walk.Hop, port int) bool {
	if port == h.Port {
		return true
	}
	t, behind := walk.Behind(h.View, h.Pod, port, mesh.Ref{})
	return behind && t.Number == h.Port
}
