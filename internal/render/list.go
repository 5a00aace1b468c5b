package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
)

// List prints the answers to a file of requests, one row each; what was expected and is not so stands below.
func List(w io.Writer, l *explain.ExplanationList, o Options) error {
	if o.Format == "junit" {
		return junit(w, l)
	}
	if done, err := data(w, l, o); done {
		return err
	}
	p := newPrinter(o)
	var rows [][]string
	for i, e := range l.Items {
		rows = append(rows, p.listRow(i, e, Clean(e.Verdict.Summary)))
	}
	p.table([]string{"#", "NAME", "EXPECTED", "ANSWER"}, rows)
	p.missed(l.Items)
	if p.wide() {
		for i, e := range l.Items {
			p.line("")
			p.line(p.bold("# " + strconv.Itoa(i+1) + " " + Clean(e.Name)))
			if e.Error == "" {
				p.explanation(e)
			}
		}
	}
	return p.flush(w)
}

// Comparisons prints the answers before and after a change.
func Comparisons(w io.Writer, l *explain.ComparisonList, o Options) error {
	if o.Format == "junit" {
		return junit(w, after(l))
	}
	if done, err := data(w, l, o); done {
		return err
	}
	p := newPrinter(o)
	var rows [][]string
	for i, c := range l.Items {
		rows = append(rows, p.listRow(i, c.After, Clean(c.Summary)))
	}
	p.table([]string{"#", "NAME", "EXPECTED", "ANSWER"}, rows)
	p.missed(after(l).Items)
	return p.flush(w)
}

func after(l *explain.ComparisonList) *explain.ExplanationList {
	var items []*explain.Explanation
	for _, c := range l.Items {
		items = append(items, c.After)
	}
	return explain.NewList(items)
}

func (p *printer) listRow(i int, e *explain.Explanation, text string) []string {
	expected := "-"
	switch {
	case e.Error != "":
		expected = p.paint(red, "NOT ASKED")
	case e.Expected == nil:
	case e.Expected.Met:
		expected = p.paint(green, "met")
	case !e.Verdict.Settled:
		expected = p.paint(yellow, "undecided")
	default:
		expected = p.paint(red, "NOT MET")
	}
	return []string{strconv.Itoa(i + 1), Clean(e.Name), expected, text}
}

// missed tells what was expected and did not come, with what came in its place and why, and counts.
func (p *printer) missed(items []*explain.Explanation) {
	asked, met, failed := 0, 0, 0
	for i, e := range items {
		if e.Error != "" {
			failed++
			p.line("")
			p.lines("# "+strconv.Itoa(i+1)+"  ", named(e)+Clean(catalogue.Text("NotAsked", strings.ReplaceAll(e.Error, "\n", "; "))))
			continue
		}
		if e.Expected == nil {
			continue
		}
		asked++
		if e.Expected.Met {
			met++
			continue
		}
		p.line("")
		p.lines("# "+strconv.Itoa(i+1)+"  ", named(e)+mismatch(e))
		for _, text := range becauses(e) {
			p.lines("     ", text)
		}
	}
	p.line("")
	text := strconv.Itoa(len(items)) + " requests, " + strconv.Itoa(met) + " of " + strconv.Itoa(asked) + " expectations met"
	if failed > 0 {
		text += ", " + strconv.Itoa(failed) + " not asked"
	}
	p.line(text)
}

// named is a request's name before what is told of it; empty where it has none.
func named(e *explain.Explanation) string {
	if e.Name == "" {
		return ""
	}
	return Clean(e.Name) + ": "
}

// mismatch is what was expected beside what came.
func mismatch(e *explain.Explanation) string {
	return Clean(catalogue.Text("ExpectationMissed", strings.Join(e.Expected.Want, ", "), strings.Join(e.Expected.Got, ", ")))
}

// becauses tell for each outcome what the caller gets, by which object, and why.
func becauses(e *explain.Explanation) []string {
	var out []string
	for _, o := range e.Verdict.Outcomes {
		var by, field string
		if len(o.Responsible) > 0 {
			r := o.Responsible[0]
			by, field = kindName(r.Kind)+" "+r.ID(), r.Field
			if n := len(o.Responsible); n > 1 {
				field = strings.TrimSpace(field + " (+" + strconv.Itoa(n-1) + ")")
			}
		}
		out = append(out, Clean(catalogue.Text("MissedBy", explain.Headline(o), by, field, string(o.Reason), o.Text)))
	}
	for _, g := range e.Gaps {
		out = append(out, "not known: "+Clean(g.Text))
	}
	return out
}
