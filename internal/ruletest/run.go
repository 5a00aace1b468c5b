package ruletest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// Run runs the archives of the package that is tested, each as a test of its own.
func Run(t *testing.T) {
	t.Helper()
	folder, base := archives(t)
	golden.Cases(t, folder, func(t *testing.T, c *golden.Case) {
		t.Parallel()
		check(t, c, base)
	})
}

// archives returns the folder of the archives of the package that is tested, and the standing mesh.
func archives(t testing.TB) (folder string, base []byte) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	top, inside := module(dir)
	if top == "" {
		t.Fatalf("%s is in no module", dir)
	}
	rules := filepath.Join(top, "testdata", "rules")
	if base, err = Base(rules); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(rules, strings.TrimPrefix(inside, "pkg/")), base
}

// module returns the folder of the module that a folder is in, and the way from there.
func module(dir string) (top, inside string) {
	for top = dir; ; top = filepath.Dir(top) {
		if _, err := os.Stat(filepath.Join(top, "go.mod")); err == nil {
			inside, _ = filepath.Rel(top, dir)
			return top, filepath.ToSlash(inside)
		}
		if top == filepath.Dir(top) {
			return "", ""
		}
	}
}

// check compares the answers of an archive with what it wants.
func check(t *testing.T, c *golden.Case, base []byte) {
	t.Helper()
	a, err := Read(c.Files, base)
	if err != nil {
		t.Fatalf("%s: %v", c.Path(), err)
	}
	if strings.TrimSpace(string(c.Comment)) == "" {
		t.Errorf("%s does not name its rule", c.Path())
	}
	answers := map[string]bool{}
	for _, name := range meshes(c.Files) {
		text, each, err := a.answers(name, c.File(name+meshEnding))
		if err != nil {
			t.Fatalf("%s: %s: %v", c.Path(), name+meshEnding, err)
		}
		for _, x := range each {
			answers[x] = true
		}
		if *golden.Update {
			place(c.Archive, name)
		}
		c.Check(t, name+wantEnding, text)
	}
	if len(answers) < 2 {
		t.Errorf("%s: the rule never stays silent: all answers are the same", c.Path())
	}
}

// answers asks all questions in a mesh. It returns the text of the file NAME.want, and each answer by itself.
func (a *Archive) answers(name, objects string) (text string, each []string, err error) {
	s, err := a.Snapshot([]byte(objects))
	if err != nil {
		return "", nil, err
	}
	s = a.hide(name, s)
	var out strings.Builder
	for _, line := range a.Questions {
		e, err := a.Ask(s, line)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", line, err)
		}
		answer := Answer(e, a.Rows)
		each = append(each, answer)
		out.WriteString(line + "\n" + answer)
	}
	return out.String(), each, nil
}

// place makes room for what a mesh answers right behind it.
func place(a *txtar.Archive, name string) {
	at := func(file string) int {
		return slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == file })
	}
	if at(name+wantEnding) < 0 {
		a.Files = slices.Insert(a.Files, at(name+meshEnding)+1, txtar.File{Name: name + wantEnding})
	}
}
