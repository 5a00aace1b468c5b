package policy

import (
	"slices"

	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"

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
func translated(s *mesh.Snapshot, p *ztunnel.Policy) *Compiled {
	type key struct{ *ztunnel.Policy }
	return mesh.Derive(s, key{p}, func() *Compiled {
		c := &Compiled{AuthorizationPolicy: p.AuthorizationPolicy, ref: p.Ref}
		for i := range p.Rules {
			c.Rules = append(c.Rules, translatedRule(&p.Rules[i]))
		}
		return c
	})
}

func translatedRule(r *ztunnel.Rule) compiledRule {
	out := compiledRule{Ref: r.Ref, To: alternatives(r.To), From: alternatives(r.From)}
	if r.Fate == ztunnel.Dropped || r.Fate == ztunnel.Inert {
		// A rule that can match nothing is as good as none.
		out.dropped, out.why = true, r.Lost[0].Why
	}
	for _, when := range r.When {
		for _, e := range alternatives(when) {
			out.When = append(out.When, e.Clauses...)
		}
	}
	out.catchAll = len(r.Clauses()) == 0 && !out.dropped
	out.finish()
	return out
}

func alternatives(c ztunnel.Clause) []entry {
	var out []entry
	for _, a := range c {
		e := entry{field: a.Field, void: len(a.Conditions) == 0}
		for i := range a.Conditions {
			e.Clauses = append(e.Clauses, clauseOf(&a.Conditions[i]))
		}
		out = append(out, e)
	}
	return out
}

func clauseOf(c *ztunnel.Condition) Clause {
	return Clause{Comparison: evidence.Comparison{Field: c.Field, Key: c.Key, Want: slices.Clone(c.Values)}, not: c.Not, match: func(s *Subject) (string, evidence.Tri) {
		got, any, known := c.Matches(ztunnel.Connection{Peer: s.principal, Source: s.direct, Destination: s.f.Wire.IP, Port: s.f.Wire.Port})
		if !known {
			return got, evidence.Unknown
		}
		return got, evidence.Of(any)
	}}
}
