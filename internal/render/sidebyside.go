package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// SideBySide prints two answers beside one another: what each gets, the steps that differ with the first of them marked, and why the one
// that fails does.
func SideBySide(w io.Writer, s *explain.SideBySide, o Options) error {
	if done, err := data(w, s, o); done {
		return err
	}
	p := newPrinter(o)
	for i, e := range []*explain.Explanation{s.First, s.Second} {
		head, rest, _ := strings.Cut(Clean(e.Verdict.Summary), "   ")
		p.lines(p.paint("1;"+color(e), head)+"   ", rest)
		if p.wide() {
			p.line("")
			p.line(p.bold(strings.ToUpper(Clean(s.Names[i]))))
			p.explanation(e)
		}
	}
	p.line("")
	p.steps(s)
	if p.wide() {
		return p.flush(w)
	}
	if s.Same {
		for _, o := range told(s.First) {
			p.block(o)
		}
		return p.flush(w)
	}
	for i, e := range []*explain.Explanation{s.First, s.Second} {
		if e.Reaches() {
			continue
		}
		p.line("")
		p.line(p.bold(Clean(s.Names[i])) + ":")
		for _, o := range told(e) {
			p.block(o)
		}
		p.gaps(e)
		p.next(e)
	}
	return p.flush(w)
}

// steps prints the steps that differ, with a mark at the one at which the two part.
func (p *printer) steps(s *explain.SideBySide) {
	same, parted := 0, false
	var differing []explain.Step
	for _, x := range explain.Steps(s.First, s.Second) {
		switch telling := x.First != nil && x.First.Telling() || x.Second != nil && x.Second.Telling(); {
		case !telling:
		case x.Same && x.First.Text == x.Second.Text:
			same++
		default:
			differing = append(differing, x)
		}
	}
	if s.Parts == nil {
		p.line("Both go the same way.")
	}
	names := [2]string{Clean(s.Names[0]), Clean(s.Names[1])}
	var rows [][]string
	shown, beyond := untilEnds(differing)
	for _, x := range shown {
		mark := ""
		if s.Parts != nil && !parted && !x.Same {
			mark, parted = p.paint(yellow, ">"), true
		}
		if p.Width > 0 && p.Width < narrow {
			p.stepBlock(mark, x, names)
			continue
		}
		rows = append(rows, []string{mark, places[x.Role], stepResource(x), p.cellOf(x.First), p.cellOf(x.Second)})
	}
	if len(rows) > 0 {
		p.table([]string{"", "AT", "RESOURCE", names[0], names[1]}, p.halves(rows))
	}
	for i, n := range beyond {
		if n > 0 {
			p.lines("", strconv.Itoa(n)+" rows more, to which "+names[i]+" does not come")
		}
	}
	if same > 0 {
		p.line(sameRows(same, len(differing) > 0))
	}
}

// untilEnds leaves out what one of the two passes after the other has come to its end, as that tells nothing, and counts it.
func untilEnds(steps []explain.Step) (shown []explain.Step, beyond [2]int) {
	var ended [2]bool
	for _, x := range steps {
		if x.First == nil && ended[0] || x.Second == nil && ended[1] {
			if ended[0] {
				beyond[0]++
			} else {
				beyond[1]++
			}
			continue
		}
		shown = append(shown, x)
		for i, y := range []*explain.Placed{x.First, x.Second} {
			ended[i] = ended[i] || y != nil && y.Effect == explain.EffectRejects
		}
	}
	return shown, beyond
}

// halves wraps the column before the last, so that both answers have the same room.
func (p *printer) halves(rows [][]string) [][]string {
	const across = 120
	width := p.Width
	if width <= 0 {
		width = across
	}
	const mark, at = 3, 10
	middle := len("RESOURCE")
	for _, r := range rows {
		middle = max(middle, min(visible(r[2]), width/4))
	}
	room := max((width-mark-at-middle-2-2)/2, least)
	for _, r := range rows {
		r[2] = strings.Join(wrap(r[2], middle), "\n")
		r[3] = strings.Join(wrap(r[3], room), "\n")
	}
	return rows
}

func (p *printer) stepBlock(mark string, x explain.Step, names [2]string) {
	if mark == "" {
		mark = " "
	}
	p.lines(mark+" ", strings.TrimSpace(places[x.Role]+"  "+stepResource(x)))
	for i, y := range []*explain.Placed{x.First, x.Second} {
		p.lines("    "+names[i]+": ", p.cellOf(y))
	}
}

func stepResource(x explain.Step) string {
	var list []string
	for _, y := range []*explain.Placed{x.First, x.Second} {
		if y == nil {
			continue
		}
		kind, name := resource(y.Stage)
		text := strings.TrimSpace(kind + " " + name)
		if len(list) == 0 || list[0] != text {
			list = append(list, text)
		}
	}
	return strings.Join(list, " / ")
}

// cellOf is what a stage does, in words.
func (p *printer) cellOf(y *explain.Placed) string {
	if y == nil {
		return "-"
	}
	text := Clean(y.Text)
	if y.Effect == explain.EffectRejects {
		text = y.Answers + ": " + text
	}
	if y.Effect == explain.EffectUnknown {
		text = "?: " + text
	}
	return text
}
