package render

import (
	"io"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
)

// longCode is how wide a code may be to stand before its title on one line.
const longCode = 32

// Meanings prints what codes mean, one after the other; with Brief a line each, by kind.
func Meanings(w io.Writer, list []meaning.Meaning, brief bool, o Options) error {
	if done, err := data(w, meaning.NewList(list), o); done {
		return err
	}
	p := newPrinter(o)
	if brief {
		p.meaningTables(list)
		return p.flush(w)
	}
	for i, m := range list {
		if i > 0 {
			p.line("")
		}
		p.meaning(m)
	}
	return p.flush(w)
}

// meaning prints one: what it is, what it says about a mesh, where it usually comes from, and what to do.
func (p *printer) meaning(m meaning.Meaning) {
	head := m.Name()
	if m.Long != "" {
		head += " (" + m.Long + ")"
	}
	if head = Clean(head); visible(head) > longCode {
		p.lines("", p.bold(head)+":")
		p.lines("    ", Clean(m.Title))
	} else {
		p.lines(p.bold(head)+": ", Clean(m.Title))
	}
	if m.Means != "" {
		p.line("")
		p.lines("", Clean(m.Means))
	}
	p.bullets("Usual causes:", m.Causes)
	p.bullets("What to do:", m.Next)
	if m.Sources != "" {
		p.line("")
		p.lines("See: ", Clean(m.Sources))
	}
}

func (p *printer) bullets(head string, list []string) {
	if len(list) == 0 {
		return
	}
	p.line("")
	p.line(head)
	for _, x := range list {
		p.lines("- ", Clean(x))
	}
}

// meaningTables lists codes by kind: in two columns, or, where codes are long, each over its meaning.
func (p *printer) meaningTables(list []meaning.Meaning) {
	for len(list) > 0 {
		n, long := 0, false
		for n < len(list) && list[n].Kind == list[0].Kind {
			long = long || visible(list[n].Code) > longCode
			n++
		}
		head := strings.ToUpper(list[0].Kind)
		if long {
			p.line(head)
			for _, m := range list[:n] {
				p.lines("", Clean(m.Code))
				p.lines("    ", Clean(m.Title))
			}
		} else {
			var rows [][]string
			for _, m := range list[:n] {
				rows = append(rows, []string{Clean(m.Code), Clean(m.Title)})
			}
			p.table([]string{head, "MEANING"}, rows)
		}
		if list = list[n:]; len(list) > 0 {
			p.line("")
		}
	}
}
