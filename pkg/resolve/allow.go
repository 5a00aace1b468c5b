package resolve

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// allow passes what any ALLOW policy matches, and everything where there is no ALLOW policy at all; otherwise nothing allows the
// request. The name of that absence is every policy that could have.
func allow(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed {
		return Result{}
	}
	e := evaluate(s, f, security.AuthorizationPolicy_ALLOW)
	r := passes(f)
	r.Candidates, r.asked = e.candidates, e.asked
	switch {
	case len(e.matches) > 0 && e.matches[0].is == True:
		r.Resource, r.Note = e.matches[0].rule.ref, NoteAllowMatched
		return r
	case len(e.policies) == 0 && len(e.gaps) == 0:
		r.Effect, r.Note = Idle, NoteNoAllowPolicy
		return r
	}
	r.With = f.denied(RBACNoAllowMatched, "none")
	for _, p := range e.policies {
		r.With.By = append(r.With.By, Responsible{p.ref.At("spec.rules"), Cause})
	}
	r.Reason = RBACNoAllowMatched
	if len(e.policies) > 0 {
		r.Resource = e.policies[0].ref
	} else {
		r.Reason, r.With.Reason = Unread, Unread
	}
	if len(e.matches) > 0 || len(e.gaps) > 0 {
		r.Effect, r.Rejects, r.Gaps = Maybe, Unknown, slices.Concat(e.gaps, e.unknown)
		return r
	}
	r.Effect, r.Rejects = Rejected, True
	r.With.By = append(r.With.By, f.identityBlame(s, e)...)
	return r
}

// identityBlame: where the request would have been allowed but for its identity, the cause lies in the transport.
func (f Flow) identityBlame(s *mesh.Snapshot, e evaluated) []Responsible {
	if f.Principal != "" || f.Wire.Chosen.IsZero() {
		return nil
	}
	for _, p := range e.policies {
		for i := range p.rules {
			probe := subjectOf(s, f)
			if lacksOnlyIdentity(&p.rules[i], probe, !f.L7) {
				return by(Cause, f.Wire.Chosen)
			}
		}
	}
	return nil
}

// lacksOnlyIdentity tells whether all that fails of a rule are comparisons of the peer's identity.
func lacksOnlyIdentity(r *compiledRule, s *subject, tcp bool) bool {
	_, dropped, checks := r.match(s, tcp, true, nil)
	if dropped {
		return false
	}
	identity := false
	for _, c := range checks {
		if c.Is == True {
			continue
		}
		if !isIdentityField(c) {
			return false
		}
		identity = true
	}
	return identity
}
