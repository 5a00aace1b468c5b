package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// summary is the verdict in a line.
func summary(q *flow.Request, e *Explanation, o Options) string {
	outcomes, ext := unless(e.Verdict.Outcomes)
	parts := heads(outcomes, e.Verdict.Settled)
	head := strings.Join(parts, ", ")
	if head == "" {
		head = patience(outcomes)
	}
	if !e.Verdict.Settled {
		head = "NOT SETTLED: " + conditional(outcomes, unique(parts)) + ext
	}
	return head + "   " + Ask(q, e.Request, o)
}

// heads are the outcomes in a word or two, each with its part of the requests where that is settled; outcomes that look alike to the caller are one.
func heads(outcomes []Outcome, settled bool) []string {
	var parts []string
	shares := map[string]float64{}
	anyStatus := slices.ContainsFunc(outcomes, func(x Outcome) bool { return x.Result == flow.Answered && x.Status == 0 })
	for _, x := range outcomes {
		if anyStatus && x.Status != 0 && x.Reason == flow.Unmodelled {
			continue // any status is possible: this one is an example
		}
		head := Headline(x)
		switch {
		case !settled:
			parts = append(parts, head)
			continue
		case x.Share != nil && *x.Share == 0:
			continue
		}
		if head += divided(x); x.Share == nil || !slices.Contains(parts, head) {
			parts = append(parts, head)
		}
		if x.Share != nil {
			shares[head] += *x.Share
		}
	}
	for i, head := range parts {
		if share := round(shares[head] * 100); share != 0 && share != 100 {
			parts[i] = fmt.Sprintf("%s%% %s", strconv.FormatFloat(share, 'f', -1, 64), head)
		}
	}
	return parts
}

func percent(share float64) string {
	return strconv.FormatFloat(math.Round(share*1000)/10, 'f', -1, 64) + "%"
}

// divided tells among whom an outcome's requests are divided, where these are few enough for a line.
func divided(x Outcome) string {
	const most = 4
	var parts []string
	for _, b := range x.Backends {
		if b.Share == nil || len(x.Backends) > most {
			return ""
		}
		parts = append(parts, percent(*b.Share)+" "+cmp.Or(b.Name, b.Host))
	}
	if len(parts) < 2 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// unless takes the answers of extensions out of what can come of a request that is not settled, and says of them in a clause what
// they are: those that answer on a condition which the resources do not show stand behind what comes about without them.
func unless(outcomes []Outcome) (rest []Outcome, clause string) {
	var who []mesh.Ref
	statuses := map[mesh.Ref][]string{}
	open := map[mesh.Ref]bool{}
	for _, x := range outcomes {
		ref, is := ofExtension(x)
		if !is {
			rest = append(rest, x)
			continue
		}
		if !slices.Contains(who, ref) {
			who = append(who, ref)
		}
		if x.Result == flow.Answered && x.Status != 0 && x.Reason == flow.ExtensionMayAnswer {
			statuses[ref] = append(statuses[ref], strconv.Itoa(x.Status))
		} else {
			open[ref] = true
		}
	}
	if len(rest) == 0 || len(who) == 0 {
		return outcomes, ""
	}
	if len(who) > 2 {
		return rest, fmt.Sprintf(" unless one of %d extensions answers", len(who))
	}
	var clauses []string
	for _, ref := range who {
		c := string(ref.Kind) + " " + ref.ID() + " answers"
		if !open[ref] {
			c += " " + strings.Join(unique(statuses[ref]), " or ")
		}
		if on := decidedBy(outcomes, ref); len(on) > 0 {
			c += ", which depends on " + strings.Join(on, " and ")
		}
		clauses = append(clauses, c)
	}
	return rest, " unless " + strings.Join(clauses, " or ")
}

// decidedBy are what the answers of an extension depend on, where that is known and fits into a line.
func decidedBy(outcomes []Outcome, of mesh.Ref) []string {
	const most = 2
	var on []string
	for _, x := range outcomes {
		if ref, is := ofExtension(x); is && ref == of {
			on = append(on, x.DependsOn...)
		}
	}
	if on = unique(on); len(on) > most {
		return nil
	}
	return on
}

// ofExtension returns the extension that an outcome is due to, where that is all that could bring it about.
func ofExtension(x Outcome) (mesh.Ref, bool) {
	if !x.Assumed || x.Reason != flow.ExtensionMayAnswer && x.Reason != flow.Unmodelled || len(x.Responsible) == 0 {
		return mesh.Ref{}, false
	}
	switch ref := x.Responsible[0].Ref.Object(); ref.Kind {
	case mesh.EnvoyFilter, mesh.WasmPlugin, mesh.TrafficExtension:
		return ref, true
	}
	return mesh.Ref{}, false
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

// conditional is the summary of what is not settled, with the condition on which the first outcome comes about.
func conditional(outcomes []Outcome, parts []string) string {
	if len(parts) < 2 || outcomes[0].Condition == "" {
		return open(outcomes, parts)
	}
	return parts[0] + " if " + outcomes[0].Condition + ", else " + open(outcomes, parts[1:])
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
	if q.Kubelet {
		from = "kubelet"
	}
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
