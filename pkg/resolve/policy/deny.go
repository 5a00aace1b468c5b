package policy

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Deny refuses what any DENY policy matches. A match settles it whatever could not be read.
func (p Point) Deny(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Bypassed {
		return flow.Result{}
	}
	e := p.evaluate(s, f, security.AuthorizationPolicy_DENY)
	r := flow.Pass(f)
	r.Candidates, r.Senders = e.candidates, e.senders
	r.Note = flow.NoteDenyUnmatched
	if len(e.policies) == 0 {
		r.Passing, r.Note = flow.Idle, flow.NoteNoDenyPolicy
	} else {
		r.Resource = e.policies[0].ref
	}
	certain := len(e.matches) > 0 && e.matches[0].is == evidence.True
	switch {
	case certain:
		r.Note = ""
		m := e.matches[0]
		r.Reason, r.Rejects, r.Resource = flow.RBACDenyMatched, evidence.True, m.rule.Ref
		r.With = p.refuse(f, flow.RBACDenyMatched, m.id)
		for _, x := range e.matches {
			if x.is == evidence.True {
				r.With.By = append(r.With.By, flow.Responsible{Ref: x.rule.Ref, Role: flow.Cause})
			}
		}
	case len(e.matches) > 0:
		m := e.matches[0]
		r.Reason, r.Rejects, r.Resource, r.With = flow.RBACDenyMatched, evidence.Unknown, m.rule.Ref, p.refuse(f, flow.RBACDenyMatched, m.id)
		r.With.By = flow.By(flow.Cause, r.Resource)
		r.Gaps = slices.Concat(e.gaps, e.unknown)
	case len(e.gaps) > 0:
		r.Reason, r.Rejects, r.With = flow.Unread, evidence.Unknown, p.refuse(f, flow.Unread, "")
		r.Resource, r.Gaps = mesh.Ref{}, slices.Concat(e.gaps, e.unknown)
	}
	return r
}
