package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Miss is a rule that does not match the request, and how near it comes.
type Miss struct {
	Resource   mesh.Ref `json:"resource"`   // the rule, with the field of the first comparison that fails
	Conditions int      `json:"conditions"` // comparisons that it makes
	Failing    int      `json:"failing"`
	Checks     []Check  `json:"checks,omitempty"` // those that fail
	Text       string   `json:"text"`
	Differs    string   `json:"differs,omitempty"` // where the nearest wanted value and the one at hand part
}

// missable are the reasons that are an absence: something that could have matched did not.
var missable = map[flow.Reason]bool{flow.RBACNoAllowMatched: true, flow.RouteNotFound: true, flow.NoEndpoints: true, flow.SubsetEmpty: true, flow.TokenRefused: true}

// misses lists the rules of a stage that do not match, the nearest first.
func (r *redactor) misses(res *flow.Result) []Miss {
	var out []Miss
	for _, c := range missed(res) {
		out = append(out, r.miss(c))
	}
	return out
}

// missing is a rule that does not match, with the comparisons that fail and the number of those that it makes.
type missing struct {
	flow.Candidate
	failing []evidence.Check
	total   int
}

// missed orders the rules of a stage that do not match: the one with the fewest comparisons that fail first, and of several the one that
// makes the most.
func missed(res *flow.Result) []missing {
	var out []missing
	for _, c := range res.Candidates {
		if c.Matches != evidence.False || len(c.Checks) == 0 || c.Checks[0].Field == c.Ref.Field {
			continue // the last says nothing of a field
		}
		m := missing{Candidate: c}
		m.failing, m.total = evidence.Nearest(c.Checks)
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b missing) int {
		return cmp.Or(len(a.failing)-len(b.failing), b.total-a.total)
	})
	return out
}

func (r *redactor) miss(c missing) Miss {
	m := Miss{Resource: c.Ref, Conditions: c.total, Failing: len(c.failing)}
	var words []string
	for _, x := range c.failing {
		words = append(words, r.sentence(x))
		m.Checks = append(m.Checks, r.check(x))
	}
	m.Text = strings.Join(words, "; ")
	if len(c.failing) > 0 {
		m.Resource = c.Ref.At(c.failing[0].Field)
		if long(c.failing[0]) {
			m.Differs = r.closest(c.failing[0])
		}
	}
	return m
}

// long reports whether a comparison is one of texts of which it helps to see where two of them part.
func long(c evidence.Check) bool {
	name, not := noun(c)
	if a, _ := rbac.Of(c.Comparison); a != nil {
		return !not && a.Long && (c.Key == "" || a.Named)
	}
	return !not && (name == "host" || name == "path" || name == "issuer") // of routes, and of tokens
}

// closest compares with the wanted value that has the longest beginning in common.
func (r *redactor) closest(c evidence.Check) string {
	got := r.got(keyOf(c), c.Got)
	if strings.Contains(got, redacted) {
		return "" // where two secrets part is a part of them
	}
	best, length := "", -1
	for _, w := range c.Want {
		n := 0
		for n < len(w) && n < len(got) && w[n] == got[n] {
			n++
		}
		if n > length {
			best, length = w, n
		}
	}
	return differ(r.wanted(keyOf(c), best), got)
}

// matched says in words why a rule matches.
func (r *redactor) matched(c flow.Candidate) string {
	var words []string
	for _, x := range c.Checks {
		if x.Is == evidence.True {
			words = append(words, r.sentence(x))
		}
	}
	if len(words) == 0 {
		return "it has no conditions"
	}
	return strings.Join(words, ", ")
}

func (r *redactor) check(x evidence.Check) Check {
	want := make([]string, len(x.Want))
	for i, w := range x.Want {
		want[i] = r.wanted(keyOf(x), w)
	}
	got := r.got(keyOf(x), x.Got)
	if name, _ := noun(x); name == "namespace" {
		got = namespaceOf(got)
	}
	return Check{Field: x.Field, Key: x.Key, Want: want, Got: got, Is: x.Is.String(), Nearest: nearestOf(want, got)}
}

// nearestOf is the wanted value that has the longest beginning in common with the one at hand; the first of several.
func nearestOf(want []string, got string) int {
	best, length := 0, 0
	for i, w := range want {
		n := 0
		for n < len(w) && n < len(got) && w[n] == got[n] {
			n++
		}
		if n > length {
			best, length = i, n
		}
	}
	return best
}

// matches are the rules of a stage that match, with the comparisons for which they do.
func (r *redactor) matches(res *flow.Result) []Miss {
	var out []Miss
	for _, c := range res.Candidates {
		if c.Matches != evidence.True || c.Ref != res.Resource {
			continue
		}
		m := Miss{Resource: c.Ref, Text: r.matched(c)}
		for _, x := range c.Checks {
			if x.Is == evidence.True {
				m.Checks = append(m.Checks, r.check(x))
				m.Conditions++
			}
		}
		out = append(out, m)
	}
	return out
}
