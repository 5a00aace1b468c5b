package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/matrix"
)

// Matrix prints who gets what: a row for each group of sources and a column for each destination where there is room for that, else a
// row for each group that a destination answers in its own way.
func Matrix(w io.Writer, m *matrix.Matrix, method string, o Options) error {
	switch o.Format {
	case "csv":
		return matrixCSV(w, m)
	case "json":
		return matrixJSON(w, m, method)
	case "yaml":
		doc := m.Document(method)
		doc.Presumes = presumedBy(m)
		_, err := data(w, doc, o)
		return err
	}
	p := newPrinter(o)
	switch {
	case p.square(m):
	case p.Width > 0 && p.Width < narrow:
		p.blocks(m)
	default:
		p.groups(m)
	}
	p.matrixSummary(m)
	return p.flush(w)
}

// square prints destinations as columns; it does nothing where they do not fit.
func (p *printer) square(m *matrix.Matrix) bool {
	const most = 8
	if p.wide() || len(m.Destinations) > most || len(m.Destinations) == 0 {
		return false
	}
	names := m.Names()
	header := []string{"FROM"}
	for _, d := range m.Destinations {
		header = append(header, Clean(d.String()))
	}
	var rows [][]string
	line := func(name string, answer func(d int) *matrix.Answer) {
		row := []string{name}
		for d := range m.Destinations {
			row = append(row, p.cell(answer(d)))
		}
		rows = append(rows, row)
	}
	for k := range m.Classes {
		line(Clean(names.Label(k)), func(d int) *matrix.Answer { return m.Answer(d, k) })
	}
	if m.Outside != nil {
		line(outsideName, func(d int) *matrix.Answer { return &m.Answers[m.Outside[d]] })
	}
	limit := p.Width
	if limit <= 0 {
		limit = 120
	}
	if tableWidth(header, rows) > limit {
		return false
	}
	p.table(header, rows)
	return true
}

func tableWidth(header []string, rows [][]string) int {
	sum := 0
	for i := range header {
		width := visible(header[i])
		for _, r := range rows {
			width = max(width, visible(r[i]))
		}
		sum += width + 2
	}
	return sum - 2
}

// outsideName stands for a client that is no pod.
const outsideName = "outside"

// callers are sources that a destination answers in one way.
type callers struct {
	gets *matrix.Answer
	from string
}

func (p *printer) callers(m *matrix.Matrix, names *matrix.Names, d int) []callers {
	var out []callers
	told := m.Outside == nil
	for _, g := range m.Groups(d) {
		x := callers{&m.Answers[g.Answer], Clean(p.sources(names, g.Classes))}
		if !told && int(m.Outside[d]) == g.Answer {
			x.from += " and " + outsideName
			told = true
		}
		out = append(out, x)
	}
	if !told {
		out = append(out, callers{&m.Answers[m.Outside[d]], outsideName})
	}
	return out
}

// groups prints a row for each answer of each destination.
func (p *printer) groups(m *matrix.Matrix) {
	names := m.Names()
	var rows [][]string
	for d, to := range m.Destinations {
		for i, g := range p.callers(m, names, d) {
			name := Clean(to.String())
			if i > 0 {
				name = ""
			}
			rows = append(rows, []string{name, p.cell(g.gets), Clean(p.blame(g.gets)), g.from})
		}
	}
	p.table([]string{"TO", "GETS", "BY", "FROM"}, rows)
}

// blocks prints the same for a narrow terminal: each destination over its answers.
func (p *printer) blocks(m *matrix.Matrix) {
	names := m.Names()
	for d, to := range m.Destinations {
		p.lines("", p.bold(Clean(to.String())))
		for _, g := range p.callers(m, names, d) {
			p.line("  " + p.cell(g.gets))
			if by := p.blame(g.gets); by != "-" {
				p.lines("    by   ", Clean(by))
			}
			p.lines("    from ", g.from)
		}
	}
}

// sources names the sources of some classes: all of them, or the first.
func (p *printer) sources(names *matrix.Names, classes []int) string {
	pods := names.Pods(classes...)
	if names.All(pods) {
		return "all " + strconv.Itoa(pods) + " pods"
	}
	const few = 6
	var text []string
	for i, n := range names.Short(classes...) {
		if i == few && !p.wide() {
			text = append(text, "...")
			break
		}
		text = append(text, n.String())
	}
	if pods == 1 || len(text) == 1 {
		return strings.Join(text, ", ")
	}
	return strconv.Itoa(pods) + " pods: " + strings.Join(text, ", ")
}

// blame is the first that is responsible, for the first outcome that does not reach the application.
func (p *printer) blame(a *matrix.Answer) string {
	for _, o := range a.Outcomes {
		if o.Result == explain.KindReaches {
			continue
		}
		if len(o.Responsible) == 0 {
			return string(o.Reason)
		}
		r := o.Responsible[0]
		text := kindName(r.Kind) + " " + r.ID()
		if p.wide() && r.Field != "" {
			text += " " + r.Field
		}
		if n := len(o.Responsible); n > 1 {
			text += " (+" + strconv.Itoa(n-1) + ")"
		}
		return text
	}
	return "-"
}

// cell is an answer in a few words, painted.
func (p *printer) cell(a *matrix.Answer) string {
	text, reaches := matrixHead(a)
	switch {
	case !a.Settled:
		return p.paint(yellow, text)
	case reaches:
		return p.paint(green, text)
	}
	return p.paint(red, text)
}

// matrixHead is an answer in a few words, and whether every request reaches the application.
func matrixHead(a *matrix.Answer) (text string, reaches bool) {
	var parts []string
	reaches = a.Settled
	for _, o := range a.Outcomes {
		head := explain.Headline(explain.Outcome{Result: o.Result, Status: o.Status})
		if a.Settled {
			if o.Share == 0 && len(a.Outcomes) > 1 {
				continue
			}
			if o.Share > 0 && o.Share < 1 {
				head = strconv.FormatFloat(100*o.Share, 'f', -1, 64) + "% " + head
			}
			reaches = reaches && o.Result == explain.KindReaches
		}
		known := false
		for _, x := range parts {
			known = known || x == head
		}
		if !known {
			parts = append(parts, head)
		}
	}
	if a.Settled {
		return strings.Join(parts, ", "), reaches
	}
	const few = 2
	if len(parts) > few {
		parts = append(parts[:few:few], "...")
	}
	return "? " + strings.Join(parts, " or "), false
}

func (p *printer) matrixSummary(m *matrix.Matrix) {
	pods, outside := m.Tally()
	p.line("")
	if n := m.PodCount(); n > 0 {
		p.lines("", strconv.Itoa(n)+" pods, "+strconv.Itoa(len(m.Destinations))+" destinations: of "+strconv.Itoa(pods.All())+" pairs "+tally(pods))
	}
	if m.Outside != nil {
		p.lines("", "a client outside: of "+strconv.Itoa(outside.All())+" destinations "+tally(outside))
	}
	p.matrixPresumes(m)
}

// matrixPresumes tells in one line what the answers take for granted.
func (p *printer) matrixPresumes(m *matrix.Matrix) {
	var list []explain.Presumption
	for _, x := range m.Presumes {
		list = append(list, explain.Presumed(x))
	}
	p.presumes(list)
}

// presumedBy tells in words what the answers of a matrix take for granted.
func presumedBy(m *matrix.Matrix) []matrix.Presumption {
	var out []matrix.Presumption
	for _, x := range m.Presumes {
		out = append(out, matrix.Presumption(explain.Presumed(x)))
	}
	return out
}

func tally(t matrix.Tally) string {
	text := strconv.Itoa(t.Reach) + " reach, " + strconv.Itoa(t.Not) + " do not"
	if t.Open > 0 {
		text += ", " + strconv.Itoa(t.Open) + " are not settled (?)"
	}
	return text
}
