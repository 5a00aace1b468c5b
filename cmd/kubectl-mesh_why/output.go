package main

import (
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mesh-why/mesh-why/internal/process"
	"github.com/mesh-why/mesh-why/internal/render"
)

// output are the flags that say how an answer is printed.
type output struct {
	format string
	trace  bool
	color  string
	width  int

	to io.Writer
}

func (o *output) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.format, "output", "o", "table", "output format: table, wide, json or yaml (a question also: patch; test also: junit; matrix also: csv)")
	f.BoolVar(&o.trace, "trace", false, "show every candidate and every comparison")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR counts as never")
}

// complete checks the flags and looks at the terminal.
func (o *output) complete(s streams, further ...string) error {
	if err := render.CheckFormat(o.format, further...); err != nil {
		return err
	}
	switch o.color {
	case "auto", "always", "never":
	default:
		return errors.New("--color is auto, always or never")
	}
	o.to = s.Out
	o.width = terminalWidth(s.Out)
	return nil
}

// options are those for the printer.
func (o *output) options() render.Options {
	return render.Options{Format: o.format, Trace: o.trace, Width: o.width, Color: o.colors()}
}

func (o *output) colors() bool {
	switch o.color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(o.to)
}

// file is the file behind a writer; nil where there is none.
func file(w any) *os.File {
	if g, ok := w.(*process.Gate); ok {
		w = g.To
	}
	f, _ := w.(*os.File)
	return f
}

func isTerminal(w any) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// terminalWidth is COLUMNS, or what the terminal says; 0 where the output goes elsewhere.
func terminalWidth(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f := file(w); isTerminal(w) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}
