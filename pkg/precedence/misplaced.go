package precedence

import (
	"slices"

	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Misplaced lists AuthorizationPolicies and RequestAuthentications of other namespaces that would be attached to a gateway's pod in its own, and fit
// nothing where they are: the selector fits the labels of the pod and of none beside it, or targetRefs name its Gateway, of which their namespace
// has none. A policy acts in its own namespace alone (Istio: AuthorizationPolicy, selector and targetRefs). The field is the one that fits.
func Misplaced(s *mesh.Snapshot, pod *corev1.Pod) []mesh.Ref {
	if mesh.RoleOf(pod) != mesh.GatewayProxy {
		return nil
	}
	var out []mesh.Ref
	add := func(o metav1.Object, selector map[string]string, refs ...*typeapi.PolicyTargetReference) {
		at := mesh.RefTo(o)
		switch {
		case at.Namespace == pod.Namespace || at.Namespace == s.Config.RootNamespace:
		case len(refs) > 0 && refs[0] != nil:
			if slices.ContainsFunc(refs, func(t *typeapi.PolicyTargetReference) bool { return namesGatewayOf(s, t, at.Namespace, pod) }) {
				out = append(out, at.At("spec.targetRefs"))
			}
		case len(selector) > 0 && mesh.Selects(selector, pod.Labels) && !selectsAny(s, at.Namespace, selector):
			out = append(out, at.At("spec.selector.matchLabels"))
		}
	}
	policies, _ := s.AuthorizationPolicies.All()
	for _, p := range policies {
		add(p, p.Spec.GetSelector().GetMatchLabels(), targets(p.Spec.GetTargetRefs(), p.Spec.GetTargetRef())...)
	}
	tokens, _ := s.RequestAuthentications.All()
	for _, p := range tokens {
		add(p, p.Spec.GetSelector().GetMatchLabels(), targets(p.Spec.GetTargetRefs(), p.Spec.GetTargetRef())...)
	}
	return out
}

func targets(list []*typeapi.PolicyTargetReference, one *typeapi.PolicyTargetReference) []*typeapi.PolicyTargetReference {
	if len(list) == 0 && one != nil {
		return []*typeapi.PolicyTargetReference{one}
	}
	return list
}

// namesGatewayOf reports whether a reference from another namespace names the Gateway that a pod was made for.
func namesGatewayOf(s *mesh.Snapshot, t *typeapi.PolicyTargetReference, namespace string, pod *corev1.Pod) bool {
	_, own, gaps := s.KubeGateways.Get(namespace, t.GetName())
	return t.GetKind() == "Gateway" && t.GetName() == pod.Labels[mesh.GatewayNameLabel] && !own && len(gaps) == 0
}

func selectsAny(s *mesh.Snapshot, namespace string, selector map[string]string) bool {
	pods, gaps := s.Pods.In(namespace)
	return len(gaps) > 0 || slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return mesh.Selects(selector, p.Labels) })
}
