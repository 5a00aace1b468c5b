package render

import (
	"bytes"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// printer collects the lines of a report.
type printer struct {
	Options
	out    bytes.Buffer
	helped bool // what to do is told by a step of the answer's own
	raw    bool // the request is bytes, which curl does not send
}

func newPrinter(o Options) *printer { return &printer{Options: o} }

func (p *printer) flush(w io.Writer) error {
	_, err := w.Write(p.out.Bytes())
	return err
}

func (p *printer) line(s string) {
	p.out.WriteString(strings.TrimRight(s, " ") + "\n")
}

// lines prints a text under a prefix, wrapped; further lines stand under the first one's text, or a little way in where the prefix is
// long.
func (p *printer) lines(prefix, text string) {
	text = bounded(text)
	if p.Width <= 0 {
		p.line(prefix + text)
		return
	}
	indent := visible(prefix)
	if indent > 12 {
		indent = 4
	}
	first := max(10, p.Width-visible(prefix))
	lines := wrap(text, first)
	p.line(prefix + lines[0])
	rest := strings.TrimSpace(strings.TrimPrefix(strings.Join(strings.Fields(text), " "), lines[0]))
	if len(lines) == 1 || rest == "" {
		return
	}
	for _, l := range wrap(rest, max(20, p.Width-indent)) {
		p.line(strings.Repeat(" ", indent) + l)
	}
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (p *printer) paint(code, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *printer) bold(s string) string { return p.paint("1", s) }

func allBounded(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		out[i] = make([]string, len(r))
		for j, c := range r {
			out[i][j] = bounded(c)
		}
	}
	return out
}

// table prints rows in kubectl's look: no lines, columns two blanks apart. The last column is wrapped to what is left of the width.
func (p *printer) table(header []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	rows = p.fit(header, allBounded(rows))
	var buf bytes.Buffer
	none := tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off}
	padding := tw.Padding{Left: "", Right: "  ", Overwrite: true}
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: padding},
	}
	t := tablewriter.NewTable(&buf,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Borders: none, Settings: tw.Settings{
			Separators: tw.Separators{BetweenRows: tw.Off, BetweenColumns: tw.Off, ShowHeader: tw.Off},
			Lines:      tw.Lines{ShowHeaderLine: tw.Off, ShowTop: tw.Off, ShowBottom: tw.Off},
		}})),
		tablewriter.WithConfig(tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off}}))
	t.Header(header)
	for _, r := range rows {
		if err := t.Append(r); err != nil {
			break
		}
	}
	if err := t.Render(); err != nil {
		// The library draws into memory, so that this cannot happen; the cells are printed as they are all the same.
		for _, r := range rows {
			p.line(strings.Join(r, "  "))
		}
		return
	}
	for _, l := range strings.Split(strings.TrimRight(buf.String(), "\n"), "\n") {
		p.line(l)
	}
}
