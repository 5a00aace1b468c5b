package precedence

import (
	"maps"
	"slices"
	"strings"

	typeapi "istio.io/api/type/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Attached are the policies of one kind that apply to a workload, and how the others fared. Every one that is attached takes part: there
// is no precedence between root namespace, namespace and workload.
type Attached[T metav1.Object] struct {
	Policies   []T
	Considered []Considered
	Gaps       []mesh.Gap
}

type authorizationKey struct{ namespace, labels string }

// AuthorizationPolicies returns what is attached to a pod's sidecar or gateway (pilot/pkg/model/authorization.go).
func AuthorizationPolicies(s *mesh.Snapshot, pod *corev1.Pod) Attached[*securityapi.AuthorizationPolicy] {
	type key struct{ pod *corev1.Pod }
	return *mesh.Derive(s, key{pod}, func() *Attached[*securityapi.AuthorizationPolicy] { return authorizationPolicies(s, pod) })
}

// authorizationPolicies are one for all pods with the same labels.
func authorizationPolicies(s *mesh.Snapshot, pod *corev1.Pod) *Attached[*securityapi.AuthorizationPolicy] {
	return mesh.Derive(s, authorizationKey{pod.Namespace, LabelsKey(pod.Labels)}, func() *Attached[*securityapi.AuthorizationPolicy] {
		list, gaps := s.AuthorizationPolicies.In(pod.Namespace, s.Config.RootNamespace)
		out := Attached[*securityapi.AuthorizationPolicy]{Gaps: gaps}
		for _, p := range list {
			ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
			c := attaches(pod, ref, p.Spec.GetSelector(), p.Spec.GetTargetRef(), p.Spec.GetTargetRefs())
			if c.Applies {
				out.Policies = append(out.Policies, p)
			}
			out.Considered = append(out.Considered, c)
		}
		return &out
	})
}

type requestAuthenticationKey struct{ namespace, labels string }

// RequestAuthentications returns what is attached, those of the pod's namespace before those of the root namespace, each oldest first
// (pilot/pkg/model/authentication.go, getConfigsForWorkload).
func RequestAuthentications(s *mesh.Snapshot, pod *corev1.Pod) Attached[*securityapi.RequestAuthentication] {
	type key struct{ pod *corev1.Pod }
	return *mesh.Derive(s, key{pod}, func() *Attached[*securityapi.RequestAuthentication] { return requestAuthentications(s, pod) })
}

func requestAuthentications(s *mesh.Snapshot, pod *corev1.Pod) *Attached[*securityapi.RequestAuthentication] {
	return mesh.Derive(s, requestAuthenticationKey{pod.Namespace, LabelsKey(pod.Labels)}, func() *Attached[*securityapi.RequestAuthentication] {
		out := Attached[*securityapi.RequestAuthentication]{}
		namespaces := []string{pod.Namespace, s.Config.RootNamespace}
		for _, ns := range slices.Compact(namespaces) {
			list, gaps := s.RequestAuthentications.In(ns)
			out.Gaps = append(out.Gaps, gaps...)
			for _, p := range list {
				ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
				c := attaches(pod, ref, p.Spec.GetSelector(), p.Spec.GetTargetRef(), p.Spec.GetTargetRefs())
				if c.Applies {
					out.Policies = append(out.Policies, p)
				}
				out.Considered = append(out.Considered, c)
			}
		}
		return &out
	})
}

// attaches decides on one policy. targetRefs are for gateways of the Gateway API and for waypoints: a sidecar, or a gateway whose pod
// does not carry the Gateway's name, ignores a policy that has any, and where they count the selector does not
// (pilot/pkg/model/policyattachment.go, ShouldAttachPolicy).
func attaches(pod *corev1.Pod, ref mesh.Ref, selector *typeapi.WorkloadSelector, single *typeapi.PolicyTargetReference, refs []*typeapi.PolicyTargetReference) Considered {
	field := "spec.targetRefs"
	if len(refs) == 0 && single != nil {
		refs, field = []*typeapi.PolicyTargetReference{single}, "spec.targetRef"
	}
	gateway := pod.Labels[mesh.GatewayNameLabel]
	if len(refs) > 0 {
		for _, t := range refs {
			if gateway != "" && t.Group == "gateway.networking.k8s.io" && t.Kind == "Gateway" && t.Name == gateway &&
				ref.Namespace == pod.Namespace && (t.Namespace == "" || t.Namespace == pod.Namespace) {
				return Wins(ref)
			}
		}
		return Loses(ref.At(field), TargetRefs)
	}
	if !mesh.Selects(selector.GetMatchLabels(), pod.Labels) {
		return Loses(ref.At("spec.selector.matchLabels"), OtherWorkload)
	}
	return Wins(ref)
}

// LabelsKey makes a key of labels.
func LabelsKey(labels map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(k + "=" + labels[k] + ",")
	}
	return b.String()
}
