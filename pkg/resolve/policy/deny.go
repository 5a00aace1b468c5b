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
	if f.NotIntercepted {
		return flow.Result{}
	}
	e := p.evaluate(s, f, security.AuthorizationPolicy_DENY)
	r := flow.Pass(f)
	r.Note = flow.NoteDenyUnmatched
	if len(e.policies) == 0 {
		r = flow.NothingApplies(f)
		r.Note = flow.NoteNoDenyPolicy
	} else {
		r.Resource = e.policies[0].ref
	}
	r.Candidates, r.Senders = e.candidates, e.senders
	switch {
	case len(e.matches) > 0 && e.matches[0].is == evidence.True:
		m := e.matches[0]
		o := p.refuse(f, flow.RBACDenyMatched, m.id)
		for _, x := range e.matches {
			if x.is == evidence.True {
				o.By = append(o.By, flow.Responsible{Ref: x.rule.Ref, Role: flow.Cause})
			}
		}
		o.Args = widened(f, m)
		r.Reject(o)
		r.Note, r.Resource = "", m.rule.Ref
	case len(e.matches) > 0:
		m := e.matches[0]
		o := p.refuse(f, flow.RBACDenyMatched, m.id)
		o.By = flow.By(flow.Cause, m.rule.Ref)
		o.By = append(o.By, concealed(f, e)...)
		r.MayReject(o)
		r.Resource, r.Gaps = m.rule.Ref, slices.Concat(e.gaps, e.unknown)
	case len(e.gaps) > 0:
		r.MayReject(p.refuse(f, flow.Unread, ""))
		r.Resource, r.Gaps = mesh.Ref{}, slices.Concat(e.gaps, e.unknown)
	}
	return r
}
