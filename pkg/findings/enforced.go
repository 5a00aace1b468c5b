package findings

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// notEnforced: policies are enforced by the proxy of the pod. A pod without one, and a port that does not pass it, are protected by none. Told
// are the policies of the pod's own namespace; those of the whole mesh are not meant for what is not in it.
func notEnforced(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.hops {
		switch {
		case h.pod == nil:
		case h.role == flow.Application && mesh.RoleOf(h.pod) == mesh.NoProxy && !mesh.Ambient(h.pod):
			for _, ref := range wanting(h.view, h.pod, h.port) {
				out = append(out, found(NotEnforcedWithoutProxy, ref, mesh.PodRef(h.pod).ID()))
			}
		case h.role == flow.ServerSidecar && h.left.Bypassed:
			for _, ref := range wanting(h.view, h.pod, h.port) {
				out = append(out, found(NotEnforcedOnPort, ref, mesh.PodRef(h.pod).ID(), itoa(h.port)))
			}
		}
	}
	return out
}

// wanting lists the policies of a pod's namespace that would keep something out if they were enforced on it.
func wanting(s *mesh.Snapshot, pod *corev1.Pod, port int) []mesh.Ref {
	var out []mesh.Ref
	if m := precedence.PeerAuthentication(s, pod.Namespace, pod.Labels, port); m.Mode == precedence.Strict && len(m.Gaps) == 0 {
		out = append(out, m.From)
	}
	for _, p := range precedence.RequestAuthentications(s, pod).Policies {
		if len(p.Spec.GetJwtRules()) > 0 {
			out = append(out, requestAuthenticationRef(p))
		}
	}
	h := hop{pod: pod, view: s}
	for _, p := range h.policies() {
		out = append(out, policyRef(p))
	}
	own := out[:0]
	for _, r := range out {
		if r.Namespace == pod.Namespace && r.Namespace != s.Config.RootNamespace {
			own = append(own, r)
		}
	}
	return own
}
