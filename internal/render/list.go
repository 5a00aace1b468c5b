package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
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
			p.explanation(e)
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

// missed tells what was expected and did not come, and counts.
func (p *printer) missed(items []*explain.Explanation) {
	asked, met := 0, 0
	for i, e := range items {
		if e.Expected == nil {
			continue
		}
		asked++
		if e.Expected.Met {
			met++
			continue
		}
		p.line("")
		p.lines("# "+strconv.Itoa(i+1)+"  ", Clean(e.Name)+": expected "+Clean(strings.Join(e.Expected.Want, ", "))+"; got "+Clean(strings.Join(e.Expected.Got, ", ")))
	}
	p.line("")
	p.line(strconv.Itoa(len(items)) + " requests, " + strconv.Itoa(met) + " of " + strconv.Itoa(asked) + " expectations met")
}
