package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// matching are the reasons of rows that tell of a rule which matches, or of several of which none does.
var matching = []flow.Reason{flow.RBACDenyMatched, flow.RBACNoAllowMatched, flow.CustomBroken, flow.CustomDenied, flow.CustomFailed, flow.CustomOpaque}

// text is the sentence of a row.
func (r *redactor) text(res *flow.Result) string {
	if s := r.uncertain(res); s != "" {
		return s
	}
	return catalogue.Text(cmp.Or(string(res.Reason), string(res.Note)), r.argsOf(res)...)
}

// uncertain is the sentence of a row of which nobody knows whether its rule or its route matches; empty for any other.
func (r *redactor) uncertain(res *flow.Result) string {
	if s := r.unverified(res); s != "" {
		return s
	}
	routes := res.Reason == "" && res.Note == flow.NoteRouteMatched
	if res.Effect() != flow.Maybe || !routes && !slices.Contains(matching, res.Reason) {
		return ""
	}
	for _, c := range res.Candidates {
		decides := routes || res.Reason == flow.RBACNoAllowMatched || c.Ref == res.Resource
		if decides && c.Matches.IsUnknown() && len(c.Checks) > 0 {
			return catalogue.Text("MatchUnknown", r.unknown(c))
		}
	}
	if res.Reason != flow.RBACNoAllowMatched {
		return ""
	}
	return catalogue.Text("NoAllowRead", r.argsOf(res)...)
}

// unverified is the sentence of a row on a token of which nobody knows whether its signature is valid, with the address of the keys; empty for any
// other.
func (r *redactor) unverified(res *flow.Result) string {
	at := slices.Index(res.Args, flow.CodeMark+string(flow.NoteTokenKeysUnknown)) + 1
	if res.Effect() != flow.Maybe || res.Note != flow.NoteTokenUnverified || at == 0 || at == len(res.Args) {
		return ""
	}
	return catalogue.Text(string(flow.NoteTokenUnverified), r.args(res.Args[at:])...)
}

// unknown says in words what is not known of a request that a rule or a route asks for.
func (r *redactor) unknown(c flow.Candidate) string {
	var words []string
	for _, x := range c.Checks {
		if x.Is.IsUnknown() {
			words = append(words, r.sentence(x))
		}
	}
	return strings.Join(words, ", ")
}

// argsOf are the arguments for a stage's sentence: its own, or, for rules that match or do not, the comparisons in words.
func (r *redactor) argsOf(res *flow.Result) []string {
	if res.Reason == flow.Unread {
		return []string{r.Text(unread(res.Gaps))}
	}
	if len(res.Args) > 0 {
		return r.args(res.Args)
	}
	switch {
	case res.Reason == flow.RBACNoAllowMatched:
		if c := missed(res); len(c) > 0 {
			return []string{r.miss(c[0]).Text}
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
