package render

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/matrix"
)

// matrixCSV prints a row for each outcome of each pair of a workload and a destination; pods of a workload that do not all get the same
// have rows of their own. A large mesh has millions of them: what stands in many is written once.
func matrixCSV(w io.Writer, m *matrix.Matrix) error {
	out, f := bufio.NewWriterSize(w, 1<<16), newFields()
	_, err := out.WriteString(f.of(matrixColumns...) + "\n")
	names := m.Names()
	sources := make([][]string, len(m.Classes))
	for k := range m.Classes {
		sources[k] = f.sources(names.Workloads(k))
	}
	for d, to := range m.Destinations {
		destination := f.destination(to)
		write := func(sources []string, c matrix.Class, a *matrix.Answer) {
			rows := f.outcomes(c, a)
			for _, s := range sources {
				for _, row := range rows {
					_, _ = out.WriteString(s)
					_, _ = out.WriteString(destination)
					_, _ = out.WriteString(row)
					err = cmp.Or(err, out.WriteByte('\n'))
				}
			}
		}
		for k, c := range m.Classes {
			write(sources[k], c, m.Answer(d, k))
		}
		if m.Outside != nil {
			write(f.outside(), matrix.Class{}, &m.Answers[m.Outside[d]])
		}
	}
	return cmp.Or(err, out.Flush())
}

var matrixColumns = []string{"source_namespace", "source", "pods", "destination", "port", "path", "settled", "result", "status", "share", "reason", "responsible"}

// sources are the first fields of the rows of some sources.
func (f *fields) sources(list []matrix.Name) []string {
	var out []string
	for _, s := range list {
		out = append(out, f.of(s.Namespace, s.Name, strconv.Itoa(s.Pods))+",")
	}
	return out
}

// outside are those of a client that is no pod.
func (f *fields) outside() []string { return []string{f.of("", outsideName, "0") + ","} }

func (f *fields) destination(d matrix.Destination) string {
	return f.of(d.Host(), strconv.Itoa(d.Port), Clean(d.Path)) + ","
}

// outcomes are the last fields of the row of each outcome. Those of an answer that names nothing of the sources' own are worked out once.
func (f *fields) outcomes(c matrix.Class, a *matrix.Answer) []string {
	if rows, known := f.answers[a]; known {
		return rows
	}
	var rows []string
	for _, o := range a.Outcomes {
		status := ""
		if o.Status != 0 {
			status = strconv.Itoa(o.Status)
		}
		rows = append(rows, f.of(strconv.FormatBool(a.Settled), string(o.Result), status, strconv.FormatFloat(o.Share, 'f', -1, 64), string(o.Reason), responsibleList(c, o)))
	}
	if !a.NamesSources() {
		f.answers[a] = rows
	}
	return rows
}

// fields writes some fields of a row, quoted where they have to be.
type fields struct {
	text    bytes.Buffer
	csv     *csv.Writer
	answers map[*matrix.Answer][]string
}

func newFields() *fields {
	f := &fields{answers: map[*matrix.Answer][]string{}}
	f.csv = csv.NewWriter(&f.text)
	return f
}

func (f *fields) of(list ...string) string {
	safe := make([]string, len(list))
	for i, s := range list {
		safe[i] = inert(s)
	}
	f.text.Reset()
	_ = f.csv.Write(safe) // a buffer takes everything
	f.csv.Flush()
	return strings.TrimSuffix(f.text.String(), "\n")
}

// formula finds what a spreadsheet takes for a formula to work out, which may send what is in other cells to somebody. The full-width
// characters count where the keyboard has them.
var formula = regexp.MustCompile(`^\s*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]`)

// inert is a text as a cell that shows it and does nothing else: spreadsheets take a leading apostrophe for the beginning of a text.
func inert(s string) string {
	s = bounded(Clean(s))
	if formula.MatchString(s) {
		return "'" + s
	}
	return s
}

func responsibleList(c matrix.Class, o matrix.Outcome) string {
	var list []string
	for _, r := range o.Responsible {
		own := c.Own(r.Ref)
		list = append(list, kindName(own.Kind)+" "+own.ID())
	}
	return strings.Join(list, "; ")
}
