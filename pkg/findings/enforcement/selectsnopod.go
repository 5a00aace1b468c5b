package enforcement

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// selected is a policy and the labels that it selects pods by.
type selected struct {
	ref    mesh.Ref
	labels map[string]string
}

// selecting lists the policies of a namespace that have a selector.
func selecting(s *mesh.Snapshot, namespace string) []selected {
	var out []selected
	peers, _ := s.PeerAuthentications.In(namespace)
	for _, p := range peers {
		if namespace != s.Config.RootNamespace { // there it is effective for nobody: see rootSelector
			out = append(out, selected{walk.PeerRef(p), p.Spec.GetSelector().GetMatchLabels()})
		}
	}
	tokens, _ := s.RequestAuthentications.In(namespace)
	for _, p := range tokens {
		out = append(out, selected{walk.RequestAuthenticationRef(p), p.Spec.GetSelector().GetMatchLabels()})
	}
	policies, _ := s.AuthorizationPolicies.In(namespace)
	for _, p := range policies {
		out = append(out, selected{walk.PolicyRef(p), p.Spec.GetSelector().GetMatchLabels()})
	}
	return slices.DeleteFunc(out, func(x selected) bool { return len(x.labels) == 0 })
}

// selectsNoPod: a policy whose selector fits no pod at all. Policies may wait for their pods; it is told where the selector misses a pod that
// takes this request by a label or two, or fits a gateway on its way that is in another namespace.
func selectsNoPod(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	seen := map[string]bool{}
	for _, h := range w.Hops {
		if h.Pod == nil || h.Role == flow.Caller || h.Role == flow.ClientSidecar || seen[h.Pod.Namespace] {
			continue
		}
		ns := h.Pod.Namespace
		seen[ns] = true
		pods, gaps := w.Snapshot.Pods.In(ns)
		if ns == h.View.Config.RootNamespace {
			pods, gaps = w.Snapshot.Pods.All()
		}
		if len(gaps) > 0 {
			continue
		}
		for _, x := range selecting(h.View, ns) {
			fits := func(p *corev1.Pod) bool { return mesh.Selects(x.labels, p.Labels) }
			if slices.ContainsFunc(pods, fits) || slices.ContainsFunc(w.Snapshot.Machines(), fits) {
				continue
			}
			out = append(out, missed(w, x, ns)...)
		}
	}
	return out
}

// missed finds the pod of the request that a selector was meant for.
func missed(w *walk.Walk, x selected, namespace string) []flow.Finding {
	at := x.ref.At("spec.selector.matchLabels")
	for _, h := range w.Hops {
		if h.Pod == nil || h.Role == flow.Caller || h.Role == flow.ClientSidecar {
			continue
		}
		id := mesh.PodRef(h.Pod).ID()
		switch {
		case h.Pod.Namespace == namespace:
			if wanted, has, near := walk.NearLabels(x.labels, h.Pod.Labels); near {
				return []flow.Finding{walk.Found(SelectsNoPod, at, id, strings.Join(wanted, ", "), strings.Join(has, ", "))}
			}
		case h.IsGateway() && x.ref.Kind != mesh.PeerAuthentication && mesh.Selects(x.labels, h.Pod.Labels):
			return []flow.Finding{walk.Found(SelectsGatewayElsewhere, at, id)}
		}
	}
	return nil
}
