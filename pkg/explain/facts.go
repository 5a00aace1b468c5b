package explain

import (
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

// factsOf are the facts for a stage's sentence: its own, or, for rules that match or do not, the comparisons in words.
func (r *redactor) factsOf(res *resolve.Result) []string {
	if res.Reason == resolve.Unread {
		return []string{r.Text(unread(res.Gaps))}
	}
	if len(res.Facts) > 0 {
		return r.facts(res.Facts)
	}
	switch {
	case res.Reason == resolve.RBACNoAllowMatched:
		if m := r.misses(res); len(m) > 0 {
			return []string{m[0].Text}
		}
	case res.Reason == resolve.RBACDenyMatched, res.Note == resolve.NoteAllowMatched:
		for _, c := range res.Candidates {
			if c.Ref == res.Resource && c.Matches == resolve.True {
				return []string{r.matched(c)}
			}
		}
	}
	return nil
}
