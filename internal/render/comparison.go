package render

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// Comparison prints what a change of the resources does to an answer: what becomes of the verdict, the rows that differ, and what is new.
func Comparison(w io.Writer, c *explain.Comparison, o Options) error {
	if done, err := data(w, c, o); done {
		return err
	}
	p := newPrinter(o)
	p.changeLine(c)
	if p.wide() {
		p.line("")
		p.line(p.bold("BEFORE"))
		p.explanation(c.Before)
		p.line("")
		p.line(p.bold("AFTER"))
		p.explanation(c.After)
		return p.flush(w)
	}
	p.responsible(c.After)
	p.line("")
	p.changedRows(c)
	p.changedRest(c)
	return p.flush(w)
}

func (p *printer) changeLine(c *explain.Comparison) {
	text, rest, _ := strings.Cut(Clean(c.Summary), "   ")
	painted := p.paint("1;"+color(c.After), text)
	if p.Width > 0 && visible(text)+3+visible(rest) > p.Width {
		p.line(painted)
		p.lines("  ", rest)
		return
	}
	p.line(painted + "   " + rest)
}

// changedRows are the rows that differ: - as it was, + as it becomes.
func (p *printer) changedRows(c *explain.Comparison) {
	narrowed := p.Width > 0 && p.Width < narrow
	same := 0
	var rows [][]string
	add := func(mark string, s explain.Step, x *explain.Placed) {
		if x == nil || !x.Telling() {
			return
		}
		kind, name := resource(x.Stage)
		row := []string{mark, places[s.Role]}
		if narrowed {
			row = append(row, strings.TrimSpace(kind+" "+name))
		} else {
			row = append(row, kind, name)
		}
		rows = append(rows, append(row, p.result(x.Stage), Clean(placedWhy(x))))
	}
	for _, s := range explain.Steps(c.Before, c.After) {
		if s.Same && s.First.Text == s.Second.Text {
			if s.First.Telling() {
				same++
			}
			continue
		}
		add("-", s, s.First)
		add("+", s, s.Second)
	}
	if len(rows) == 0 {
		p.line("Nothing on the way of the request differs.")
		return
	}
	header := p.header()
	header[0] = ""
	p.table(header, rows)
	if same > 0 {
		p.line(sameRows(same, true))
	}
}

// sameRows counts the rows that are the same in both answers, beside others or alone.
func sameRows(n int, beside bool) string {
	const more = "; -o wide shows both answers whole"
	switch {
	case !beside:
		return "All " + strconv.Itoa(n) + " rows are the same" + more
	case n == 1:
		return "1 other row is the same" + more
	}
	return strconv.Itoa(n) + " other rows are the same" + more
}

func placedWhy(x *explain.Placed) string {
	text := x.Text
	for n, l := range x.Beaten() {
		const few = 2
		if n == few {
			break
		}
		text += "; overrides " + l
	}
	return text
}

// changedRest tells what the change brings: why the request fails now, what is open, notes that are new, and what to do.
func (p *printer) changedRest(c *explain.Comparison) {
	if c.Changed {
		for _, o := range told(c.After) {
			p.block(o)
		}
		p.gaps(c.After)
	}
	for _, n := range c.After.Notes {
		if !slices.ContainsFunc(c.Before.Notes, func(b explain.Note) bool { return b.Reason == n.Reason && b.Text == n.Text }) {
			p.note("new note: ", n)
		}
	}
	for _, n := range c.Before.Notes {
		if !slices.ContainsFunc(c.After.Notes, func(a explain.Note) bool { return a.Reason == n.Reason && a.Text == n.Text }) {
			p.note("no longer: ", n)
		}
	}
	if c.Changed {
		p.next(c.After)
	}
}

func (p *printer) note(prefix string, n explain.Note) {
	text := Clean(n.Text)
	if n.Resource != nil {
		text = Clean(n.Resource.String()) + ": " + text
	}
	p.lines(prefix, text)
}
