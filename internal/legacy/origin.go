package legacy

import (
	"reflect"
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// use is a policy that verifies tokens, and on which ports of a workload; no ports stand for all of them.
type use struct {
	policy *policy
	ports  []port
}

// origins makes the RequestAuthentications, and the AuthorizationPolicies that refuse a request without a token. Today's add up over
// mesh, namespace and workload, the old ones replaced each other: a namespace in which some Services have a policy of their own
// therefore gets one RequestAuthentication for each workload.
func (t *translation) origins() {
	if p := t.old.mesh; p.verifies() {
		r := Resource{}
		for _, ns := range t.old.policyNamespaces() {
			note(&r.NotSame, reachesNamespace(ns))
		}
		t.emitTokens(r, place{namespace: t.RootNamespace}, p.Name, []use{{policy: p}}, nil)
	}
	for _, ns := range t.old.policyNamespaces() {
		p := t.old.namespaces[ns]
		if ns != t.RootNamespace && len(t.old.targeted[ns]) == 0 {
			if p.verifies() {
				t.emitTokens(Resource{}, place{namespace: ns}, p.Name, []use{{policy: p}}, nil)
			}
			continue
		}
		workloads := t.workloads(ns)
		for _, w := range workloads {
			if uses := t.uses(w); len(uses) > 0 {
				t.workloadTokens(w, uses)
			}
		}
		switch {
		case !p.verifies():
		case len(workloads) > 0:
			t.leaveOut(p.At("spec.origins"), true, onlyKnownServices)
		case ns == t.RootNamespace:
			t.leaveOut(p.At("spec.origins"), true, rootNeedsServices)
		default:
			t.emitTokens(Resource{NotSame: []string{reachesTargeted}}, place{namespace: ns}, p.Name, []use{{policy: p}}, nil)
		}
	}
}

// verifies reports whether a policy has anything to do with tokens.
func (p *policy) verifies() bool { return p != nil && (len(p.tokens()) > 0 || p.impossible()) }

// uses lists the policies of a workload's namespace that verify tokens on its ports, in the order of the ports.
func (t *translation) uses(w *workload) []use {
	var out []use
	ports, _ := t.ports(w)
	for _, p := range ports {
		winner := t.old.winner(p.service, p.spec)
		if winner == t.old.mesh || !winner.verifies() {
			continue
		}
		i := slices.IndexFunc(out, func(u use) bool { return u.policy == winner })
		if i < 0 {
			out = append(out, use{policy: winner})
			i = len(out) - 1
		}
		out[i].ports = append(out[i].ports, p)
	}
	for i := range out {
		if len(out[i].ports) == len(ports) {
			out[i].ports = nil
		}
	}
	return out
}

func (t *translation) workloadTokens(w *workload, uses []use) {
	r := Resource{}
	var from []mesh.Ref
	for _, u := range uses {
		from = append(from, u.policy.Ref)
		for _, p := range u.ports {
			note(&r.NotSame, t.old.doubt(p)...)
		}
	}
	note(&r.NotSame, t.unlikePorts(w)...)
	if others := t.overlapping(w); len(others) > 0 {
		note(&r.NotSame, overlap(others))
	}
	if w.namespace == t.RootNamespace {
		note(&r.NotSame, rootSelectorReaches)
	}
	t.emitTokens(r, place{w.namespace, w.selector}, t.nameFor(from, w), uses, w)
}

// emitTokens adds what verifies the tokens of some policies at a place and what refuses requests without one. w is nil for a place
// that is not one workload.
func (t *translation) emitTokens(r Resource, at place, name string, uses []use, w *workload) {
	verify := &security.RequestAuthentication{}
	// The same sentences about the place hold for both resources.
	refuse := Resource{NotSame: slices.Clone(r.NotSame)}
	spec := &security.AuthorizationPolicy{Action: security.AuthorizationPolicy_DENY}
	for _, u := range uses {
		r.from(u.policy.Ref)
		for _, j := range u.policy.tokens() {
			rule := j.rule(&r)
			if !slices.ContainsFunc(verify.JwtRules, func(o *security.JWTRule) bool { return reflect.DeepEqual(o, rule) }) {
				verify.JwtRules = append(verify.JwtRules, rule)
			}
			if len(j.TriggerRules) > 0 {
				note(&r.NotSame, badTokenEverywhere)
			}
		}
		for _, d := range u.policy.demands() {
			if d.optional {
				note(&r.NotSame, badTokenOptional)
			}
		}
		if len(u.ports) > 0 {
			note(&r.NotSame, badTokenOtherPorts)
		}
		if rules := t.refusals(u, at, w, len(uses) == 1, &refuse); len(rules) > 0 {
			refuse.from(u.policy.Ref)
			spec.Rules = append(spec.Rules, rules...)
		}
	}
	if len(verify.JwtRules) > 1 {
		note(&r.NotSame, severalIssuers)
	}
	if len(verify.JwtRules) > 0 {
		t.emitRequest(r, at, name, verify)
	}
	if len(spec.Rules) > 0 {
		t.emitPolicy(refuse, at, name, false, spec)
	}
}
