package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// explanation prints one answer: verdict, table, the reason with its place, gaps, notes, and what to do next.
func (p *printer) explanation(e *explain.Explanation) {
	p.headline(e)
	p.responsible(e)
	p.presumes(e.Verdict.Presumes)
	p.line("")
	p.table(p.header(), p.rows(e))
	if p.Trace {
		p.trace(e)
	}
	p.helped, p.raw = mended(e), e.Request.Method == ""
	for _, o := range told(e) {
		p.block(o)
	}
	p.gaps(e)
	p.notes(unsaid(e))
	p.next(e)
}

// unsaid are the notes without those that say of a policy what a block has said of it.
func unsaid(e *explain.Explanation) []explain.Note {
	return slices.DeleteFunc(slices.Clone(e.Notes), func(n explain.Note) bool {
		return n.Reason == explain.NoteProviderMissing && n.Resource != nil && slices.ContainsFunc(told(e), func(o explain.Outcome) bool {
			return o.Reason == explain.ReasonCustomBroken && slices.ContainsFunc(o.Responsible, func(r explain.Responsible) bool { return r.Object() == n.Resource.Object() })
		})
	})
}

// notes tells what is worth knowing beside the verdict. Of many of one kind it tells the first ones, and how many there are.
func (p *printer) notes(list []explain.Note) {
	const few = 4
	shown, left := map[string]int{}, map[string]int{}
	var kinds []string
	for _, n := range list {
		if shown[n.Reason]++; shown[n.Reason] > few && !p.wide() {
			if left[n.Reason]++; left[n.Reason] == 1 {
				kinds = append(kinds, n.Reason)
			}
			continue
		}
		text := Clean(n.Text)
		if n.Resource != nil {
			text = Clean(n.Resource.String()) + ": " + text
		}
		p.lines("note: ", text)
	}
	for _, k := range kinds {
		p.lines("note: ", strconv.Itoa(left[k])+" more of the kind "+k+"; -o wide shows them")
	}
}

// headline is the verdict; how it ends is painted.
func (p *printer) headline(e *explain.Explanation) {
	head, rest, _ := strings.Cut(Clean(e.Verdict.Summary), "   ")
	if p.Width > 0 && visible(head)+3+visible(rest) > p.Width {
		p.line(p.paint("1;"+color(e), head))
		p.lines("  ", rest)
		return
	}
	p.line(p.paint("1;"+color(e), head) + "   " + rest)
}

func color(e *explain.Explanation) string {
	if !e.Verdict.Settled {
		return yellow
	}
	for _, o := range e.Verdict.Outcomes {
		if o.Result != explain.KindReaches && (o.Share == nil || *o.Share > 0) {
			return red
		}
	}
	return green
}

// responsible names the causes of the outcomes that do not reach the application, each once.
func (p *printer) responsible(e *explain.Explanation) {
	const few = 8
	said := map[string]bool{}
	left := 0
	for _, o := range told(e) {
		word := "by "
		for _, r := range o.Responsible {
			text := Clean(kindName(r.Kind) + " " + r.ID())
			if r.Field != "" {
				text += "   " + Clean(r.Field)
			}
			prefix := word
			if r.Role == explain.PartRequires {
				prefix = "   "
				text = "against " + text
			}
			if said[text] || within(o, r) {
				continue
			}
			said[text] = true
			if len(said) > few && !p.wide() {
				left++
				continue
			}
			p.lines(prefix, text)
			word = "   "
		}
	}
	if left > 0 {
		p.line("   and " + strconv.Itoa(left) + " more; -o wide shows them")
	}
}

// told are the outcomes that are worth a block: those that do not reach the application, without those that merely could be.
func told(e *explain.Explanation) []explain.Outcome {
	var out []explain.Outcome
	for _, o := range e.Verdict.Outcomes {
		switch {
		case o.Assumed && e.Verdict.Settled: // presumed not to come about
		case o.Result == explain.KindReaches, o.Reason == explain.ReasonUnread, o.Reason == explain.ReasonTokenWritten, o.Reason == explain.ReasonUnmodelled && len(out) > 0:
		case o.Reason == explain.ReasonMayAnswer && (e.Verdict.Settled || len(out) > 0):
		case o.Share != nil && *o.Share == 0 && o.Reason == explain.ReasonCallerGaveUp && len(e.Verdict.Outcomes) > 2:
		default:
			out = append(out, o)
		}
	}
	const few = 3
	if len(out) <= few && slices.ContainsFunc(e.Gaps, func(g explain.Gap) bool { return g.CanI == "" }) {
		return out
	}
	// They are for the case that what could not be read is otherwise than it looks: the gaps say more.
	return slices.DeleteFunc(out, func(o explain.Outcome) bool { return o.Assumed })
}

func (p *printer) gaps(e *explain.Explanation) {
	if len(e.Gaps) == 0 {
		return
	}
	p.line("")
	p.line(p.paint(yellow, "not settled") + ", because this could change the answer:")
	for _, g := range e.Gaps {
		p.lines("  - ", Clean(g.Text))
		if g.CanI != "" {
			p.line("    " + Clean(g.CanI))
		}
	}
}

// presumesWorkload is the code of a presumption that is told once for all of its workloads.
const presumesWorkload = "PresumesWorkload"

// presumes tells in one line what the verdict takes for granted.
func (p *printer) presumes(list []explain.Presumption) {
	var texts, workloads []string
	var kind mesh.Kind // of the workload before
	for _, x := range list {
		if x.Code == presumesWorkload && x.Resource != nil {
			word := x.Resource.String()
			if x.Resource.Kind == kind {
				word = x.Resource.ID()
			}
			workloads, kind = append(workloads, word), x.Resource.Kind
		}
	}
	told := false
	for _, x := range list {
		switch {
		case x.Code != presumesWorkload || len(workloads) < 2:
			texts = append(texts, Clean(x.Text))
		case !told:
			told = true
			texts = append(texts, Clean(catalogue.Text("PresumesWorkloads", listed(workloads))))
		}
	}
	const most = 8
	if n := len(texts) - most; n > 1 && !p.wide() {
		texts = append(texts[:most], strconv.Itoa(n)+" more; -o wide and -o json tell all")
	}
	if len(texts) > 0 {
		p.lines("presumes: ", strings.Join(texts, "; "))
	}
}

// listed is a list in words.
func listed(words []string) string {
	const most = 8
	if len(words) > most {
		return strings.Join(words[:most], ", ") + " and " + strconv.Itoa(len(words)-most) + " more"
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
