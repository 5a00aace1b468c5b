package explain

import (
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// factsOf are the facts for a stage's sentence: its own, or, for rules that match or do not, the comparisons in words.
func (r *redactor) factsOf(res *flow.Result) []string {
	if res.Reason == flow.Unread {
		return []string{r.Text(unread(res.Gaps))}
	}
	if len(res.Facts) > 0 {
		return r.facts(res.Facts)
	}
	switch {
	case res.Reason == flow.RBACNoAllowMatched:
		if m := r.misses(res); len(m) > 0 {
			return []string{m[0].Text}
		}
	case res.Reason == flow.RBACDenyMatched, res.Note == flow.NoteAllowMatched:
		for _, c := range res.Candidates {
			if c.Ref == res.Resource && c.Matches == evidence.True {
				return []string{r.matched(c)}
			}
		}
	}
	return nil
}
