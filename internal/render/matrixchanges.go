package render

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/matrix"
)

// MatrixChanges prints what a change of the resources makes of the matrix: the pairs that get something else.
func MatrixChanges(w io.Writer, c *matrix.Changes, method string, o Options) error {
	switch o.Format {
	case "csv":
		return changesCSV(w, c)
	case "json", "yaml":
		doc := c.Document(method)
		doc.Presumes, doc.Before.Presumes = presumedBy(c.After), presumedBy(c.Before)
		_, err := data(w, doc, o)
		return err
	}
	p := newPrinter(o)
	p.changesSummary(c)
	p.changeTable(c)
	if p.wide() {
		for i, m := range []*matrix.Matrix{c.Before, c.After} {
			p.line("")
			p.line(p.bold([]string{"BEFORE", "AFTER"}[i]))
			p.groups(m)
			p.matrixSummary(m)
		}
	} else {
		p.matrixPresumes(c.After)
	}
	return p.flush(w)
}

func (p *printer) changesSummary(c *matrix.Changes) {
	was, wasOutside := c.Before.Tally()
	is, isOutside := c.After.Tally()
	was.Reach, was.Not, was.Open = was.Reach+wasOutside.Reach, was.Not+wasOutside.Not, was.Open+wasOutside.Open
	is.Reach, is.Not, is.Open = is.Reach+isOutside.Reach, is.Not+isOutside.Not, is.Open+isOutside.Open
	changed, _, otherwise := c.Count()
	text := "No pair gets anything else"
	if changed > 0 {
		text = strconv.Itoa(changed) + " pairs get something else"
	}
	text += ": of " + strconv.Itoa(was.All()) + " pairs " + tally(was) + " before"
	text += ", of " + strconv.Itoa(is.All()) + " pairs " + tally(is) + " after"
	if otherwise > 0 {
		text += "; " + strconv.Itoa(otherwise) + " get the same for another reason"
	}
	p.lines("", text)
}

// changeTable prints a row for all sources that got the same and get the same at a destination.
func (p *printer) changeTable(c *matrix.Changes) {
	names := c.Names()
	narrowed := p.Width > 0 && p.Width < narrow
	var rows [][]string
	last := -1
	for _, x := range c.List() {
		name := ""
		if x.Destination != last {
			name, last = Clean(c.Destinations[x.Destination].String()), x.Destination
		}
		before, after, by := p.side(x.Before), p.side(x.After), Clean(p.changedBy(x))
		from := outsideName
		if len(x.Classes) > 0 {
			if from = Clean(p.sources(names, x.Classes)); x.Outside {
				from += " and " + outsideName
			}
		}
		if !narrowed {
			rows = append(rows, []string{name, before, after, by, from})
			continue
		}
		if name != "" {
			p.line("")
			p.lines("", p.bold(name))
		}
		p.lines("  ", catalogue.Text("Becomes", before, after))
		if by != "-" {
			p.lines("    by   ", by)
		}
		p.lines("    from ", from)
	}
	if len(rows) > 0 {
		p.line("")
		p.table([]string{"TO", "BEFORE", "AFTER", "BY", "FROM"}, rows)
	}
}

func (p *printer) side(a *matrix.Answer) string {
	if a == nil {
		return "(not there)"
	}
	return p.cell(a)
}

// changedBy is what is responsible for the answer after the change, or for the one before it where all is well now.
func (p *printer) changedBy(x matrix.Change) string {
	by := "-"
	if x.After != nil {
		by = p.blame(x.After)
	}
	if by == "-" && x.Before != nil {
		if was := p.blame(x.Before); was != "-" {
			return "no longer " + was
		}
	}
	return by
}

// changesCSV prints the rows of the matrix after the change with two further columns: what the pair got before, and whether that differs.
// Pairs that are there no more have no outcome.
func changesCSV(w io.Writer, c *matrix.Changes) error {
	out, f := bufio.NewWriterSize(w, 1<<16), newFields()
	_, err := out.WriteString(f.of(slices.Concat(matrixColumns, []string{"before", "changed"})...) + "\n")
	names := c.Names()
	sources := make([][]string, len(c.Classes))
	for k := range c.Classes {
		sources[k] = f.sources(names.Workloads(k))
	}
	for d, to := range c.Destinations {
		destination := f.destination(to)
		write := func(sources []string, x matrix.Class, before, after *matrix.Answer, changed bool) {
			if before == nil && after == nil {
				return
			}
			was := ""
			if before != nil {
				was, _ = matrixHead(before)
			}
			rows := []string{f.of("", "", "", "", "", "")}
			if after != nil {
				rows = f.outcomes(x, after)
			}
			end := "," + f.of(was, strconv.FormatBool(changed)) + "\n"
			for _, s := range sources {
				for _, row := range rows {
					_, e := out.WriteString(s + destination + row + end)
					err = cmp.Or(err, e)
				}
			}
		}
		for k, x := range c.Classes {
			before, after, changed := c.Pair(d, k)
			write(sources[k], x, before, after, changed)
		}
		if c.Outside {
			before, after, changed := c.OutsidePair(d)
			write(f.outside(), matrix.Class{}, before, after, changed)
		}
	}
	return cmp.Or(err, out.Flush())
}
