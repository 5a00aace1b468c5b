package render

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mesh-why/mesh-why/internal/glyph"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

// next prints what to do: what is to be changed first, with the YAML of the first change, then what confirms the cause.
func (p *printer) next(e *explain.Explanation) {
	shown := false
	for i, n := range e.Next {
		if i == 0 {
			p.line("")
		}
		if n.Kind == explain.NextConfirm {
			p.lines("", Clean(n.Text))
			continue
		}
		p.lines("next: ", Clean(n.Text))
		if n.ReachText != "" {
			p.lines("      ", Clean(n.ReachText))
		}
		if n.Patch != "" && shown && !p.wide() {
			continue // the first one is what -o patch prints
		}
		if n.Command != "" {
			p.line("      " + p.paint(cyan, Clean(n.Command)))
		}
		if n.Patch != "" {
			shown = true
			if n.Kind != explain.NextEnforce || p.wide() { // who asks why a request fails is shown what to change; nothing fails here
				p.bounded(n)
			}
		}
	}
}

// mended reports whether an answer tells what to change: the help that is the same for all of its kind says less then.
func mended(e *explain.Explanation) bool {
	return slices.ContainsFunc(e.Next, func(n explain.Next) bool { return n.Kind == explain.NextRepair || n.Kind == explain.NextRequest })
}

// bounded prints the YAML of a change, or as much of it as leaves the answer on one screen.
func (p *printer) bounded(n explain.Next) {
	const most = 12
	whole := newPrinter(p.Options)
	whole.patch(n)
	lines := strings.SplitAfter(whole.out.String(), "\n")
	lines = lines[:len(lines)-1] // behind the last line's end
	if len(lines) <= most || p.wide() {
		p.out.Write(whole.out.Bytes())
		return
	}
	p.out.WriteString(strings.Join(lines[:most-1], ""))
	p.line(fmt.Sprintf("      | ... %d more lines; the command above prints all", len(lines)-most+1))
}

// patch prints the YAML of a change, with its changed lines marked. Long stretches that stay as they are are left out, and what is new is
// written as short as it can be.
func (p *printer) patch(n explain.Next) {
	if len(n.Changed)+len(n.Removed) > 0 || p.wide() {
		p.changed(n)
		return
	}
	for _, doc := range strings.Split(n.Patch, "---\n") {
		p.marked("|", p.short(doc, 0, "      | "))
	}
}

// changed prints objects that are there, with the lines that change.
func (p *printer) changed(n explain.Next) {
	lines := strings.Split(strings.TrimRight(n.Patch, "\n"), "\n")
	several := slices.Contains(lines, "---") // else the step's sentence says which object it is
	left := false
	for i := 0; i <= len(lines); i++ {
		if gone := removedBefore(n, i); len(gone) > 0 {
			p.marked("-", gone)
			left = false
		}
		if i == len(lines) {
			return
		}
		if several && !p.wide() {
			end, named := p.object(n, lines, i)
			left = left && !named
			if end > i {
				i = end - 1
				continue
			}
		}
		if p.leavesOut(n, lines[i], i, several) {
			if several && (identifies(lines[i]) || lines[i] == "---") {
				continue // the line above has said it
			}
			if !left {
				p.line("      | ...")
			}
			left = true
			continue
		}
		left = false
		i = p.stretch(n, lines, i) - 1
	}
}

// object names the object of which a line is the first, and returns the line behind it where the whole of it is new.
func (p *printer) object(n explain.Next, lines []string, at int) (end int, named bool) {
	if end = newObject(n, lines, at); end > at {
		p.line("      + " + Clean(identity(lines[at:end])))
		return end, true
	}
	if at == 0 || lines[at-1] == "---" {
		p.line("      | " + Clean(identity(document(lines[at:]))))
		return at, true
	}
	return at, false
}

// leavesOut reports whether a line that stays as it is is left out: far from any change, or one that says which object it is.
func (p *printer) leavesOut(n explain.Next, line string, at int, several bool) bool {
	return !p.wide() && !slices.Contains(n.Changed, at) && (far(n, at) || several && identifies(line))
}

// stretch prints a line that stays as it is, or all lines that changed from one on, and returns the first behind them.
func (p *printer) stretch(n explain.Next, lines []string, from int) int {
	if !slices.Contains(n.Changed, from) {
		p.marked("|", lines[from:from+1])
		return from + 1
	}
	end := from
	for end < len(lines) && slices.Contains(n.Changed, end) {
		end++
	}
	p.marked("+", p.items(lines[from:end]))
	return end
}

// removedBefore lists the lines that were taken out before a line.
func removedBefore(n explain.Next, line int) []string {
	var out []string
	for _, r := range n.Removed {
		if r.Before == line {
			out = append(out, r.Text)
		}
	}
	return out
}

// marked prints lines of YAML with a mark before each.
func (p *printer) marked(mark string, lines []string) {
	for _, l := range lines {
		p.line("      " + mark + " " + Clean(l))
	}
}

// newObject returns the end of the document that begins at a line, if all of it is new; else the line itself.
func newObject(n explain.Next, lines []string, at int) int {
	if at > 0 && lines[at-1] != "---" {
		return at
	}
	for i := at; i < len(lines) && lines[i] != "---"; i++ {
		if !slices.Contains(n.Changed, i) {
			return at
		}
		if i+1 == len(lines) || lines[i+1] == "---" {
			return i + 1
		}
	}
	return at
}

// document is the document of YAML that lines begin with.
func document(lines []string) []string {
	if end := slices.Index(lines, "---"); end >= 0 {
		return lines[:end]
	}
	return lines
}

// identity names the object that a document of YAML is.
func identity(lines []string) string {
	value := func(key string) string {
		for _, l := range lines {
			if v, ok := strings.CutPrefix(l, key); ok {
				return v
			}
		}
		return ""
	}
	return value("kind: ") + " " + value("  namespace: ") + "/" + value("  name: ")
}

// items are lines that were added, shorter where they are whole entries of a list.
func (p *printer) items(lines []string) []string {
	indent := len(lines[0]) - len(strings.TrimLeft(lines[0], " "))
	if p.wide() || !strings.HasPrefix(lines[0][indent:], "- ") || strings.HasSuffix(lines[len(lines)-1], ":") {
		return lines // the last entry goes on in lines that stay as they are
	}
	for _, l := range lines {
		if in := len(l) - len(strings.TrimLeft(l, " ")); in < indent || in == indent && !strings.HasPrefix(l[in:], "- ") {
			return lines
		}
	}
	return p.short(strings.Join(lines, "\n"), indent, "      + ")
}

// far reports whether a line is not near one that changed.
func far(n explain.Next, line int) bool {
	const near = 2
	return !slices.ContainsFunc(n.Changed, func(c int) bool { return line >= c-near && line <= c+1 }) &&
		!slices.ContainsFunc(n.Removed, func(r explain.Removed) bool { return line >= r.Before-near && line <= r.Before })
}

// identifies reports whether a line says which object it is.
func identifies(l string) bool {
	return strings.HasPrefix(l, "apiVersion:") || strings.HasPrefix(l, "kind:") || strings.HasPrefix(l, "metadata:") || strings.HasPrefix(l, "  name:") || strings.HasPrefix(l, "  namespace:")
}

// printPatch prints YAML as it is, unless characters hide in it: then its documents are written anew, with these escaped.
func printPatch(w io.Writer, patch string) error {
	if string(glyph.EscapeYAML([]byte(patch))) == patch {
		_, err := io.WriteString(w, patch)
		return err
	}
	for i, text := range strings.Split(patch, "---\n") {
		var doc any
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			return err
		}
		if i > 0 {
			_, _ = io.WriteString(w, "---\n")
		}
		if err := printYAML(w, doc); err != nil {
			return err
		}
	}
	return nil
}

// Patch prints the YAML of the first repair alone, ready to be applied; of a request that reaches the application past a policy, that of the change by
// which the policy acts. It is an error if there is neither.
func Patch(w io.Writer, e *explain.Explanation) error {
	for _, kind := range []explain.NextKind{explain.NextRepair, explain.NextEnforce} {
		for _, n := range e.Next {
			if n.Kind == kind && n.Patch != "" {
				return printPatch(w, n.Patch)
			}
		}
	}
	switch {
	case e.Reaches():
		return errors.New("the request reaches the application: there is nothing to repair")
	case !e.Verdict.Settled:
		return errors.New("the answer is not settled, so that no change could be tried; -o table shows what is missing")
	}
	return errors.New("no change of resources was found that mends this request; -o table shows why it fails")
}
