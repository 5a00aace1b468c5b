package main

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/ruletest"
)

// TestCut cuts recorded cases. What is left of them is answered as the whole is, and less of it is not.
func TestCut(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		archive, err := cut(strings.TrimSpace(c.File("case")), strings.TrimSpace(c.File("question")), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Check(t, "want", indent(txtar.Format(archive)))
		again, err := ruletest.Read(archive.Files, nil)
		if err != nil {
			t.Fatal(err)
		}
		var mesh, want string
		for _, f := range archive.Files {
			switch f.Name {
			case "mesh.yaml":
				mesh = string(f.Data)
			case "mesh.want":
				want = string(f.Data)
			}
		}
		s, err := again.Snapshot([]byte(mesh))
		if err != nil {
			t.Fatal(err)
		}
		e, err := again.Ask(s, again.Questions[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Questions[0] + "\n" + ruletest.Answer(e, again.Rows); got != want {
			t.Error(golden.Differs("what was cut", []byte(want), []byte(got)))
		}
	})
}

// indent keeps an archive from ending the file that holds it.
func indent(data []byte) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(string(data), "\n"), "\n", "\n  ") + "\n"
}

func TestErrors(t *testing.T) {
	const recorded = "../../../testdata/truth/mtls/mtls-003-ns-strict.yaml"
	for _, c := range []struct{ file, question, want string }{
		{"nowhere.yaml", "a b", "no such file"},
		{recorded, "#99", "the case has 8 requests, counted from 0"},
		{recorded, "#x", "#x is no number of a request"},
		{recorded, "sleep.foo", "want SOURCE DESTINATION"},
		{recorded, "nobody.foo http://httpbin.bar:8000", "nobody"},
	} {
		if _, err := cut(c.file, c.question, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error is %v, want one with %q", c.file, c.question, err, c.want)
		}
	}
}
