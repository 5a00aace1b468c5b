// Command cut makes an archive of testdata/rules from a recorded case, or from any file with a mesh:
//
//	go run ./internal/ruletest/cut [-rows 'STAGE [candidates] [checks] [text]']... CASE.yaml QUESTION
//
// QUESTION holds the arguments of the plugin; #N is the request N of CASE.json, which lies beside a recorded case. What comes out is on
// standard output: the question, the objects without which verdict or rows would be others, of these the fields without which they
// would, and what is answered. Without -rows it looks at every stage that did something.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mesh-why/mesh-why/internal/ruletest"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

func main() {
	var rows []string
	flag.Func("rows", "a `line` of the file rows (repeatable)", func(s string) error {
		rows = append(rows, s)
		return nil
	})
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: cut [-rows 'STAGE [candidates] [checks] [text]']... CASE.yaml QUESTION")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(1)
	}
	archive, err := cut(flag.Arg(0), flag.Arg(1), rows)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(txtar.Format(archive)); err != nil {
		os.Exit(1)
	}
}

// cut makes an archive of a question in the mesh of a file.
func cut(file, line string, rows []string) (*txtar.Archive, error) {
	c, err := load(file)
	if err != nil {
		return nil, err
	}
	a := &ruletest.Archive{Tokens: map[string]string{}}
	if number, ok := strings.CutPrefix(line, "#"); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("%s is no number of a request", line)
		}
		if line, err = c.request(n, a.Tokens); err != nil {
			return nil, err
		}
	}
	a.Questions = []string{line}
	if len(rows) == 0 {
		if rows, err = active(a, c.objects); err != nil {
			return nil, err
		}
	}
	if a.Rows, err = ruletest.ReadRows(rows); err != nil {
		return nil, err
	}
	s, err := newShrinker(a, c.objects)
	if err != nil {
		return nil, err
	}
	s.dropObjects()
	s.dropFields()
	return s.archive(c.about, rows)
}

// active names the stages that did something.
func active(a *ruletest.Archive, objects []object) ([]string, error) {
	s, err := a.Snapshot(text(objects))
	if err != nil {
		return nil, err
	}
	e, err := a.Ask(s, a.Questions[0])
	if err != nil {
		return nil, err
	}
	var rows []string
	for _, h := range e.Hops {
		for _, st := range h.Stages {
			if st.Effect != flow.Idle {
				rows = append(rows, st.Stage)
			}
		}
	}
	return rows, nil
}
