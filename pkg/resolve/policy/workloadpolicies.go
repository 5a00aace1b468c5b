package policy

import (
	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// workloadPolicies are the AuthorizationPolicies of one action that concern a workload, ready for matching.
type workloadPolicies struct {
	enforced []*Policy
	others   []flow.Candidate // those that do not attach, or only run dry
	dry      []*Policy        // those that only run dry
	gaps     []mesh.Gap       // of policies that nobody could read

	rules, conditions int // of the enforced ones, in all

	absence []flow.Responsible // who could have allowed what none of the enforced ones allows
}

type workloadPoliciesKey struct {
	pod    *corev1.Pod
	action security.AuthorizationPolicy_Action
}

// policiesFor finds the policies of an action for a pod, once for a view of the mesh.
func policiesFor(s *mesh.Snapshot, pod *corev1.Pod, action security.AuthorizationPolicy_Action) *workloadPolicies {
	return mesh.Derive(s, workloadPoliciesKey{pod, action}, func() *workloadPolicies {
		return attachedPolicies(s, precedence.AuthorizationPolicies(s, pod), action)
	})
}

// targetPolicies does so for what came to a waypoint.
func targetPolicies(s *mesh.Snapshot, t waypoint.Target, action security.AuthorizationPolicy_Action) *workloadPolicies {
	type key struct {
		waypoint.Target
		action security.AuthorizationPolicy_Action
	}
	return mesh.Derive(s, key{t, action}, func() *workloadPolicies {
		return attachedPolicies(s, waypoint.AuthorizationPolicies(s, t), action)
	})
}

func attachedPolicies(s *mesh.Snapshot, attached precedence.Attached[*securityapi.AuthorizationPolicy], action security.AuthorizationPolicy_Action) *workloadPolicies {
	w := &workloadPolicies{gaps: attached.Gaps, others: strangers(s, attached.Considered, action)}
	for _, p := range attached.Policies {
		if p.Spec.Action != action {
			continue
		}
		c := Compile(s, p)
		if c.dryRun && !(action == security.AuthorizationPolicy_CUSTOM && s.Version.Istiod.Has(release.DryRunOfCustom)) {
			w.dry = append(w.dry, c)
			w.others = append(w.others, flow.Candidate{Ref: c.ref.At("metadata.annotations[istio.io/dry-run]"), Why: precedence.DryRun, Matches: evidence.False})
			continue
		}
		w.enforce(c)
	}
	return w
}

func (w *workloadPolicies) enforce(c *Policy) {
	w.enforced = append(w.enforced, c)
	w.absence = append(w.absence, flow.Responsible{Ref: c.rules(), Role: flow.Cause})
	w.rules += len(c.Rules)
	for i := range c.Rules {
		w.conditions += c.Rules[i].Conditions
	}
}
