package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"sigs.k8s.io/yaml"
)

// short writes YAML anew with as few lines as the width allows: what fits into a line is written in flow style. Text that is no YAML stays as
// it is. Before is what stands before each line.
func (p *printer) short(text string, indent int, before string) []string {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil || v == nil {
		return strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	w := yamlWriter{room: p.Width - displaywidth.String(before)}
	if p.Width <= 0 {
		const usual = 100
		w.room = usual
	}
	w.block(v, indent, "")
	return w.lines
}

// yamlWriter collects lines.
type yamlWriter struct {
	room  int
	lines []string
}

// block writes a value below a key or a dash, which is what lead holds of the line already; it begins at a column.
func (w *yamlWriter) block(v any, column int, lead string) {
	pad := strings.Repeat(" ", column)
	first := func() string {
		if lead == "" {
			return pad
		}
		l := lead
		lead = ""
		return l
	}
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			w.entry(first()+scalar(k)+":", x[k], column+2)
		}
	case []any:
		for _, y := range x {
			line := first() + "- "
			if _, nested := y.(map[string]any); nested {
				w.block(y, column+2, line)
			} else {
				w.lines = append(w.lines, line+flowStyle(y))
			}
		}
	default:
		w.lines = append(w.lines, first()+scalar(v))
	}
}

// entry writes a key's value: in the key's line if it fits.
func (w *yamlWriter) entry(head string, v any, column int) {
	line := head + " " + flowStyle(v)
	switch v.(type) {
	case map[string]any:
		if displaywidth.String(line) > w.room {
			w.lines = append(w.lines, head)
			w.block(v, column, "")
			return
		}
	case []any:
		if displaywidth.String(line) > w.room {
			w.lines = append(w.lines, head)
			w.block(v, column-2, "")
			return
		}
	}
	w.lines = append(w.lines, line)
}

// flowStyle is a value in one line.
func flowStyle(v any) string {
	var parts []string
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, scalar(k)+": "+flowStyle(x[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, y := range x {
			parts = append(parts, flowStyle(y))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return scalar(v)
}

// scalar is a value that has no parts, quoted where YAML would read it otherwise.
func scalar(v any) string {
	text, is := v.(string)
	if !is {
		out, err := json.Marshal(v)
		if err != nil {
			return "null" // scalars of YAML always marshal
		}
		return string(out)
	}
	var back any
	if err := yaml.Unmarshal([]byte("["+text+"]"), &back); err == nil {
		if list, ok := back.([]any); ok && len(list) == 1 && list[0] == any(text) {
			return text
		}
	}
	out, err := json.Marshal(text)
	if err != nil {
		return "null"
	}
	return string(out)
}
