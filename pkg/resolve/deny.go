package resolve

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// deny refuses what any DENY policy matches. A match settles it whatever could not be read.
func deny(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed {
		return Result{}
	}
	e := evaluate(s, f, security.AuthorizationPolicy_DENY)
	r := passes(f)
	r.Candidates, r.asked = e.candidates, e.asked
	r.Note = NoteDenyUnmatched
	if len(e.policies) == 0 {
		r.Effect, r.Note = Idle, NoteNoDenyPolicy
	} else {
		r.Resource = e.policies[0].ref
	}
	certain := len(e.matches) > 0 && e.matches[0].is == True
	switch {
	case certain:
		r.Note = ""
		m := e.matches[0]
		r.Effect, r.Reason, r.Rejects, r.Resource = Rejected, RBACDenyMatched, True, m.rule.ref
		r.With = f.denied(RBACDenyMatched, m.id)
		for _, x := range e.matches {
			if x.is == True {
				r.With.By = append(r.With.By, Responsible{x.rule.ref, Cause})
			}
		}
	case len(e.matches) > 0:
		m := e.matches[0]
		r.Effect, r.Reason, r.Rejects, r.Resource, r.With = Maybe, RBACDenyMatched, Unknown, m.rule.ref, f.denied(RBACDenyMatched, m.id)
		r.With.By = by(Cause, r.Resource)
		r.Gaps = slices.Concat(e.gaps, e.unknown)
	case len(e.gaps) > 0:
		r.Effect, r.Reason, r.Rejects, r.With = Maybe, Unread, Unknown, f.denied(Unread, "")
		r.Resource, r.Gaps = mesh.Ref{}, slices.Concat(e.gaps, e.unknown)
	}
	return r
}

// audit marks requests for a log and lets them pass.
func audit(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed {
		return Result{}
	}
	e := evaluate(s, f, security.AuthorizationPolicy_AUDIT)
	if len(e.policies) == 0 {
		return Result{}
	}
	r := passes(f)
	r.Candidates, r.Resource, r.Note = e.candidates, e.policies[0].ref, NoteAuditOnly
	return r
}
