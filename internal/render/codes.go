package render

import (
	"io"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// Codes lists the codes of the catalogue.
func Codes(w io.Writer, width int) error {
	p := newPrinter(Options{Width: width})
	var rows [][]string
	for _, c := range explain.Codes() {
		rows = append(rows, []string{c, explain.Text(c)})
	}
	p.table([]string{"CODE", "MEANING"}, rows)
	return p.flush(w)
}

// Code prints what a code means.
func Code(w io.Writer, e explain.Entry, width int) error {
	p := newPrinter(Options{Width: width})
	p.lines(e.Code+": ", explain.Text(e.Code))
	if e.Long != "" {
		p.line("")
		p.lines("", e.Long)
	}
	if e.Help != "" {
		p.line("")
		p.lines("What helps: ", e.Help)
	}
	if e.Sources != "" {
		p.line("")
		p.lines("See: ", e.Sources)
	}
	return p.flush(w)
}
