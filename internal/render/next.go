package render

import (
	"errors"
	"io"
	"slices"
	"strings"

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
			p.patch(n)
		}
	}
}

// mended reports whether an answer tells what to change: the help that is the same for all of its kind says less then.
func mended(e *explain.Explanation) bool {
	return slices.ContainsFunc(e.Next, func(n explain.Next) bool { return n.Kind == explain.NextRepair || n.Kind == explain.NextRequest })
}

// patch prints the YAML of a change, with its changed lines marked. Long stretches that stay as they are are left out.
func (p *printer) patch(n explain.Next) {
	lines := strings.Split(strings.TrimRight(n.Patch, "\n"), "\n")
	several := slices.Contains(lines, "---") // else the step's sentence says which object it is
	left := false
	for i, l := range lines {
		if !p.wide() && len(n.Changed) > 0 && far(n.Changed, i) && !(several && identifies(l)) {
			if !left {
				p.line("      | ...")
			}
			left = true
			continue
		}
		left = false
		mark := "|"
		if slices.Contains(n.Changed, i) {
			mark = "+"
		}
		p.line("      " + mark + " " + Clean(l))
	}
}

// far reports whether a line is not near one that changed.
func far(changed []int, line int) bool {
	const near = 2
	return !slices.ContainsFunc(changed, func(c int) bool { return line >= c-near && line <= c+1 })
}

// identifies reports whether a line says which object it is.
func identifies(l string) bool {
	return strings.HasPrefix(l, "apiVersion:") || strings.HasPrefix(l, "kind:") || strings.HasPrefix(l, "metadata:") || strings.HasPrefix(l, "  name:") || strings.HasPrefix(l, "  namespace:")
}

// Patch prints the YAML of the first repair alone, ready to be applied. It is an error if there is none.
func Patch(w io.Writer, e *explain.Explanation) error {
	for _, n := range e.Next {
		if n.Kind == explain.NextRepair && n.Patch != "" {
			_, err := io.WriteString(w, n.Patch)
			return err
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
