package policy

import (
	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// workloadPolicies are the AuthorizationPolicies of one action that concern a workload, ready for matching.
type workloadPolicies struct {
	enforced []*compiled
	others   []flow.Candidate // those that do not attach, or only run dry
	gaps     []mesh.Gap       // of policies that nobody could read

	rules, clauses int // of the enforced ones, in all
}

type workloadPoliciesKey struct {
	pod    *corev1.Pod
	action security.AuthorizationPolicy_Action
}

// policiesFor finds the policies of an action for a pod, once for a view of the mesh.
func policiesFor(s *mesh.Snapshot, pod *corev1.Pod, action security.AuthorizationPolicy_Action) *workloadPolicies {
	return mesh.Derive(s, workloadPoliciesKey{pod, action}, func() *workloadPolicies {
		attached := precedence.AuthorizationPolicies(s, pod)
		w := &workloadPolicies{gaps: attached.Gaps}
		for _, c := range attached.Considered {
			if !c.Applies {
				if p, ok, _ := s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name); ok && p.Spec.Action == action {
					w.others = append(w.others, flow.Candidate{Ref: c.Ref, Why: c.Why, Matches: evidence.False})
				}
			}
		}
		for _, p := range attached.Policies {
			if p.Spec.Action != action {
				continue
			}
			c := Compile(s, p)
			if c.dryRun && action != security.AuthorizationPolicy_CUSTOM {
				w.others = append(w.others, flow.Candidate{Ref: c.ref.At("metadata.annotations[istio.io/dry-run]"), Why: precedence.DryRun, Matches: evidence.False})
				continue
			}
			w.enforced = append(w.enforced, c)
			w.rules += len(c.Rules)
			for i := range c.Rules {
				w.clauses += c.Rules[i].clauses
			}
		}
		return w
	})
}
