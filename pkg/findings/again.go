package findings

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// again walks the request through a changed mesh. The client's pod is the same one in it.
func (w *walk) again(s *mesh.Snapshot) *walk {
	return newWalk(s, w.ask, resolve.Run(s, w.ask))
}

// answer is what the request gets; it is computed anew each time, as few findings ask for it.
func (w *walk) answer(s *mesh.Snapshot) flow.Verdict {
	return verdict.Decide(resolve.Run(s, w.ask))
}

// changesIn tells whether the request gets another answer in a changed mesh: another status, another end, or other backends. What is not
// settled tells nothing.
func (w *walk) changesIn(s *mesh.Snapshot) bool {
	before, after := w.answer(w.snap), w.answer(s)
	if !before.Settled || !after.Settled {
		return false
	}
	return !slices.EqualFunc(before.Outcomes, after.Outcomes, func(a, b flow.Outcome) bool {
		return a.Kind == b.Kind && a.Status == b.Status && a.CurlExit == b.CurlExit && slices.Equal(a.Backends, b.Backends)
	})
}

// reaches tells whether some of the requests get to an application.
func (w *walk) reaches() bool {
	return slices.ContainsFunc(verdict.Decide(w.root).Outcomes, func(o flow.Outcome) bool { return o.Kind == flow.Reaches })
}

func itoa(n int) string { return strconv.Itoa(n) }
