package walk

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Rerun walks the request through a changed mesh. The client's pod is the same one in it.
func (w *Walk) Rerun(s *mesh.Snapshot) *Walk {
	return Of(s, w.Request, resolve.Run(s, w.Request))
}

// answer is what the request gets; it is computed anew each time, as few findings ask for it.
func (w *Walk) answer(s *mesh.Snapshot) flow.Verdict {
	return verdict.Decide(resolve.Run(s, w.Request))
}

// ChangesIn reports whether the request gets another answer in a changed mesh: another status, another end, or other backends. What is not
// settled tells nothing.
func (w *Walk) ChangesIn(s *mesh.Snapshot) bool {
	before, after := w.answer(w.Snapshot), w.answer(s)
	if !before.Settled || !after.Settled {
		return false
	}
	return !slices.EqualFunc(before.Outcomes, after.Outcomes, func(a, b flow.Outcome) bool {
		return a.Kind == b.Kind && a.Status == b.Status && a.CurlExit == b.CurlExit && slices.Equal(a.Backends, b.Backends)
	})
}

// Reaches reports whether some of the requests get to an application.
func (w *Walk) Reaches() bool {
	return slices.ContainsFunc(verdict.Decide(w.Root).Outcomes, func(o flow.Outcome) bool { return o.Kind == flow.Reaches })
}

// RefusedAs reports whether a policy refuses the request in another form, or in a changed mesh, for what it says of the request; the rule that does,
// or of ALLOW policies the first.
func (w *Walk) RefusedAs(s *mesh.Snapshot, q *flow.Request) (by mesh.Ref, refused bool) {
	v := verdict.Decide(resolve.Run(s, q))
	if !v.Settled || len(v.Outcomes) == 0 {
		return mesh.Ref{}, false
	}
	for _, o := range v.Outcomes {
		if o.Reason != flow.RBACDenyMatched && o.Reason != flow.RBACNoAllowMatched || len(o.By) == 0 {
			return mesh.Ref{}, false
		}
	}
	return v.Outcomes[0].By[0].Ref, true
}
