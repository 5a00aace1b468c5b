package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// summary is the verdict in a line.
func summary(q *flow.Request, e *Explanation, o Options) string {
	var parts []string
	anyStatus := slices.ContainsFunc(e.Verdict.Outcomes, func(x Outcome) bool { return x.Result == flow.Answered && x.Status == 0 })
	for _, x := range e.Verdict.Outcomes {
		if anyStatus && x.Status != 0 && x.Reason == flow.Unmodelled {
			continue // any status is possible: this one is an example
		}
		head := Headline(x)
		if x.Share != nil && e.Verdict.Settled {
			if *x.Share == 0 {
				continue
			}
			head = fmt.Sprintf("%s%% %s", strconv.FormatFloat(round(*x.Share*100), 'f', -1, 64), head)
		}
		parts = append(parts, head)
	}
	head := strings.Join(parts, ", ")
	if head == "" {
		head = patience(e.Verdict.Outcomes)
	}
	if !e.Verdict.Settled {
		head = "NOT SETTLED: " + open(e.Verdict.Outcomes, unique(parts))
	}
	return head + "   " + Ask(q, e.Request, o)
}

// patience is the summary where the caller decides what it gets.
func patience(outcomes []Outcome) string {
	var parts []string
	for _, x := range outcomes {
		head := Headline(x)
		if x.After != "" {
			head += " after " + x.After
		}
		parts = append(parts, head)
	}
	return strings.Join(unique(parts), " or ")
}

// open is the summary of what is not settled. Where anything is possible, what could be read says what is likely.
func open(outcomes []Outcome, parts []string) string {
	var seen []string
	kinds := map[flow.Kind]bool{}
	for _, x := range outcomes {
		if x.Reason == flow.Unread {
			kinds[x.Result] = true
		} else if !x.Assumed {
			seen = append(seen, Headline(x))
		}
	}
	switch {
	case !kinds[flow.Reaches] || !kinds[flow.Answered] || !kinds[flow.Reset] || !kinds[flow.Timeout]:
		return strings.Join(parts, " or ")
	case len(seen) == 0:
		return "anything is possible"
	}
	return strings.Join(unique(seen), " or ") + ", or anything else"
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// Headline is an outcome in a word or two.
func Headline(o Outcome) string {
	switch o.Result {
	case flow.Reaches:
		return "REACHES"
	case flow.Reset:
		return "RESET"
	case flow.Refused:
		return "REFUSED"
	case flow.Timeout:
		return "TIMEOUT"
	case flow.TLSFailure:
		return "TLS FAILURE"
	case flow.ExitNoName:
		return "NAME NOT FOUND"
	}
	word := "ANSWERED"
	switch {
	case o.Status == 401, o.Status == 403:
		word = "DENIED"
	case o.Status >= 300 && o.Status < 400:
		word = "REDIRECTED"
	case o.Status >= 500:
		word = "FAILS"
	}
	if o.Status == 0 {
		return word
	}
	return word + " " + strconv.Itoa(o.Status)
}

// Ask is the question in a line.
func Ask(q *flow.Request, r Request, o Options) string {
	from := "outside"
	if q.Source != nil {
		from = q.Source.Name + "." + q.Source.Namespace
	}
	to := q.Host + ":" + strconv.Itoa(q.Port)
	if q.TLS() {
		to = "https://" + authority(q)
	}
	s := from + " -> " + to
	if o.Via != "" {
		s += " via " + o.Via
	}
	if q.Raw() {
		return s + "   TCP"
	}
	path := r.URL
	if i := strings.Index(path, "://"); i >= 0 {
		path = path[i+3:]
		if j := strings.IndexAny(path, "/?"); j >= 0 {
			path = path[j:]
		} else {
			path = "/"
		}
	}
	return s + "   " + r.Method + " " + path
}
