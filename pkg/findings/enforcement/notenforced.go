package enforcement

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// notEnforced: policies are enforced by the proxy of the pod. A pod without one, and a port that does not pass it, are protected by none. Told
// are the policies of the pod's own namespace; those of the whole mesh are not meant for what is not in it, but they are for a pod that is to be in
// ambient mode, and is not, and for one with a sidecar to which nothing redirects connections.
func notEnforced(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Hops {
		switch {
		case h.Pod == nil:
		case h.Role == flow.Application && mesh.RoleOf(h.Pod) == mesh.NoProxy && !mesh.Ambient(h.Pod):
			for _, ref := range wanting(h.View, h.Pod, h.Port) {
				out = append(out, walk.Found(unprotected(w.Snapshot, h.Pod), ref, mesh.PodRef(h.Pod).ID()))
			}
		case h.Role == flow.ServerSidecar && h.Left.NotIntercepted:
			if taken, at := h.View.Config.Intercepted(h.Pod); !taken {
				for _, ref := range protecting(h.View, h.Pod, h.Port) {
					out = append(out, walk.Found(NotEnforcedUncaptured, ref, mesh.PodRef(h.Pod).ID(), at.String()))
				}
				continue
			}
			for _, ref := range wanting(h.View, h.Pod, h.Port) {
				out = append(out, walk.Found(NotEnforcedOnPort, ref, mesh.PodRef(h.Pod).ID(), strconv.Itoa(h.Port)))
			}
		}
	}
	return out
}

// unprotected is why a pod has no proxy that could enforce anything.
func unprotected(s *mesh.Snapshot, pod *corev1.Pod) flow.Note {
	switch why := capture.Of(s, pod).Why; {
	case why == capture.HostNetwork:
		return NotEnforcedOnHostNetwork
	case why == capture.NotEnrolled:
		return NotEnforcedNotEnrolled
	case capture.KeptOut(s, pod):
		return NotEnforcedOptedOut
	}
	return NotEnforcedWithoutProxy
}

// wanting lists the policies of a pod's namespace that would keep something out if they were enforced on it.
func wanting(s *mesh.Snapshot, pod *corev1.Pod, port int) []mesh.Ref {
	meant := !capture.AskedFor(s, pod).IsZero() && !capture.KeptOut(s, pod)
	return slices.DeleteFunc(protecting(s, pod, port), func(r mesh.Ref) bool {
		if r.Namespace == s.Config.RootNamespace {
			return r.IsZero() || !meant
		}
		return r.Namespace != pod.Namespace
	})
}

// protecting lists the policies that would keep something out if they were enforced on a pod.
func protecting(s *mesh.Snapshot, pod *corev1.Pod, port int) []mesh.Ref {
	var out []mesh.Ref
	if m := precedence.PeerAuthentication(s, pod.Namespace, pod.Labels, port); m.Mode == precedence.Strict && len(m.Gaps) == 0 {
		out = append(out, m.From)
	}
	for _, p := range precedence.RequestAuthentications(s, pod).Policies {
		if len(p.Spec.GetJwtRules()) > 0 {
			out = append(out, walk.RequestAuthenticationRef(p))
		}
	}
	h := walk.Hop{Pod: pod, View: s}
	for _, p := range h.Policies() {
		out = append(out, walk.PolicyRef(p))
	}
	return out
}
