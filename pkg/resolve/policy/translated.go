package policy

import (
	"slices"

	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ztunnelPolicies finds the policies of an action that a ztunnel enforces on a pod, in its order, once for a view of the mesh.
func ztunnelPolicies(s *mesh.Snapshot, pod *corev1.Pod, action security.AuthorizationPolicy_Action) *workloadPolicies {
	type key struct {
		pod    *corev1.Pod
		action security.AuthorizationPolicy_Action
	}
	return mesh.Derive(s, key{pod, action}, func() *workloadPolicies {
		all := ztunnel.AuthorizationPolicies(s, pod)
		w := &workloadPolicies{gaps: all.Gaps, others: strangers(s, all.Considered, action)}
		for _, p := range all.Enforced {
			if p.Spec.Action == action {
				w.enforce(translated(s, p))
			}
		}
		return w
	})
}

// strangers are those policies of an action that do not attach.
func strangers(s *mesh.Snapshot, list []precedence.Considered, action security.AuthorizationPolicy_Action) []flow.Candidate {
	var out []flow.Candidate
	for _, c := range list {
		if c.Applies {
			continue
		}
		if p, ok, _ := s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name); ok && p.Spec.Action == action {
			out = append(out, flow.Candidate{Ref: c.Ref, Why: c.Why, Matches: evidence.False})
		}
	}
	return out
}

// translated makes a policy of ztunnel's ready, once for a view of the mesh.
func translated(s *mesh.Snapshot, p *ztunnel.Policy) *Policy {
	type key struct{ *ztunnel.Policy }
	return mesh.Derive(s, key{p}, func() *Policy {
		c := &Policy{AuthorizationPolicy: p.AuthorizationPolicy, ref: p.Ref, implied: p.Implied}
		for i := range p.Rules {
			c.add(translatedRule(&p.Rules[i]))
		}
		return c
	})
}

func translatedRule(r *ztunnel.Rule) (out rbac.Rule, why precedence.LossReason) {
	var when []rbac.Condition
	for _, clause := range r.When {
		for _, a := range alternatives(clause) {
			when = append(when, a.Conditions...)
		}
	}
	out = rbac.NewRule(r.Ref, alternatives(r.From), alternatives(r.To), when)
	if r.Fate == ztunnel.Dropped || r.Fate == ztunnel.Inert {
		// A rule that can match nothing is as good as none.
		out.Dropped, why = true, r.Lost[0].Why
	}
	return out, why
}

func alternatives(c ztunnel.Clause) []rbac.Alternative {
	var out []rbac.Alternative
	for _, a := range c {
		x := rbac.Alternative{Void: len(a.Conditions) == 0}
		for i := range a.Conditions {
			x.Conditions = append(x.Conditions, conditionOf(&a.Conditions[i]))
		}
		out = append(out, x)
	}
	return out
}

func conditionOf(c *ztunnel.Condition) rbac.Condition {
	return rbac.NewCondition(evidence.Comparison{Field: c.Field, Key: c.Key, Want: slices.Clone(c.Values)}, c.Not, func(s *rbac.Subject) (string, evidence.Tri) {
		got, any, known := c.Matches(ztunnel.Connection{Peer: s.Principal, Source: s.Direct, Destination: s.Destination, Port: s.Port})
		if !known {
			return got, evidence.UnknownFor(evidence.Address)
		}
		return got, evidence.Of(any)
	})
}
