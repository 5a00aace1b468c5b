package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// TestList: the mutants can still be made of the code as it is, and each of them breaks something of its own.
func TestList(t *testing.T) {
	mutants, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range mutants {
		original, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		changed, err := m.apply(string(original))
		if err != nil {
			t.Errorf("%s: %v (code that has changed: copy its lines anew to mutants.txt)", m.name, err)
			continue
		}
		if changed == string(original) || seen[m.file+changed] {
			t.Errorf("%s: it changes nothing, or what another one changes", m.name)
		}
		seen[m.file+changed] = true
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, changed, parser.SkipObjectResolution); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
	const least = 60
	if len(mutants) < least {
		t.Errorf("there are %d mutants, fewer than %d", len(mutants), least)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a.go\n", "begins with #"},
		{"# x\n- a\n", "names no file"},
		{"# x\na.go\n", "no lines"},
		{"# x\na.go\nb.go\n- a\n", "second file"},
	} {
		if _, err := parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error is %v, want one with %q", c.text, err, c.want)
		}
	}
	m := mutant{file: "a.go", old: []string{"b"}, new: []string{"c", "d"}}
	if got, err := m.apply("a\n\tb\ne"); err != nil || got != "a\nc\nd\ne" {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"a", "b\nb"} {
		if got, err := m.apply(text); err == nil {
			t.Errorf("%q: no error, but %q", text, got)
		}
	}
}
