// Package render prints reports: as a table, wide, as JSON, as YAML or as JUnit. It decides nothing: what it prints is in the report.
package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

// Options are how to print.
type Options struct {
	Format string // table, wide, json, yaml; junit for lists of tests
	Trace  bool   // every candidate and every comparison
	Color  bool
	Width  int // columns of the terminal; 0 for no limit
}

// Formats lists the formats that a document can be printed in.
var Formats = []string{"table", "wide", "json", "yaml"}

// ofOthers are the formats that only one command has.
var ofOthers = map[string]string{"junit": "kubectl mesh-why test", "csv": "kubectl mesh-why matrix", "patch": "a question: kubectl mesh-why SOURCE DESTINATION"}

// CheckFormat reports whether a format is known; further ones are those of the command at hand.
func CheckFormat(format string, further ...string) error {
	known := append(append([]string{}, Formats...), further...)
	for _, f := range known {
		if f == format {
			return nil
		}
	}
	if where, ok := ofOthers[format]; ok {
		return fmt.Errorf("unknown output format %q: it works only with %s; here one of %s", format, where, strings.Join(known, ", "))
	}
	return fmt.Errorf("unknown output format %q%s; one of %s", format, suggest.Hint(format, known), strings.Join(known, ", "))
}

// Explanation prints one answer.
func Explanation(w io.Writer, e *explain.Explanation, o Options) error {
	if done, err := data(w, e, o); done {
		return err
	}
	p := newPrinter(o)
	p.explanation(e)
	return p.flush(w)
}
