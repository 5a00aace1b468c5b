// Command mutants breaks rules, one at a time, and says whether the tests of the package notice:
//
//	go run ./internal/mutants [-only WORDS] [-from NUMBER]
//
// The mutants are in mutants.txt: what is broken, the file, and lines of it with those that take their place. Each is compiled by way of
// an overlay, so that the tree stays as it is. A mutant is caught if a test of its own package fails. The exit status is 1 where one
// survives.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

//go:embed mutants.txt
var list string

func main() {
	only := flag.String("only", "", "run the mutants whose name or file has these `words`")
	from := flag.Int("from", 1, "begin with the mutant of this `number`, to go on where a run was stopped")
	flag.Parse()
	failed, err := run(*only, *from)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// run runs the mutants, from the root of the module, and returns how many are not caught.
func run(only string, from int) (failed int, err error) {
	mutants, err := parse(list)
	if err != nil {
		return 0, err
	}
	all := 0
	for i, m := range mutants {
		if i+1 < from || !strings.Contains(m.name, only) && !strings.Contains(m.file, only) {
			continue
		}
		all++
		switch lives, err := m.run(); {
		case err != nil:
			failed++
			fmt.Printf("%d BROKEN   %s: %s: %v\n", i+1, m.file, m.name, err)
		case lives:
			failed++
			fmt.Printf("%d SURVIVED %s: %s\n", i+1, m.file, m.name)
		default:
			fmt.Printf("%d caught   %s: %s\n", i+1, m.file, m.name)
		}
	}
	fmt.Printf("%d of %d caught\n", all-failed, all)
	return failed, nil
}

// run tests the mutant's package with the mutant in it, and reports whether it survives.
func (m mutant) run() (lives bool, err error) {
	original, err := os.ReadFile(m.file)
	if err != nil {
		return false, err
	}
	changed, err := m.apply(string(original))
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	overlay, err := m.overlay(dir, changed)
	if err != nil {
		return false, err
	}
	pkg := "./" + path.Dir(m.file)
	out, err := exec.Command("go", "test", "-overlay="+overlay, "-failfast", "-vet=off", "-ldflags=-s -w", pkg).CombinedOutput()
	if bytes.Contains(out, []byte("[build failed]")) {
		return false, fmt.Errorf("it does not compile:\n%s", out)
	}
	return err == nil, nil
}

// overlay writes the changed file into a folder, and beside it what has the go command take it for the original.
func (m mutant) overlay(dir, changed string) (string, error) {
	file, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	instead := filepath.Join(dir, "mutant.go")
	if err := os.WriteFile(instead, []byte(changed), 0o600); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {file: instead}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, data, 0o600)
}
