package logged

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

const sample = "../../cmd/kubectl-mesh_why/sample/mesh.yaml"

// TestCases puts lines to the sample mesh with some objects on top. Every code that tells of lines has a case in which it is found, and
// one in which it is not. Regenerate with -update, and read what comes.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no cases")
	}
	world, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var lines, want string
			mesh := world
			at := -1
			for i, f := range archive.Files {
				switch f.Name {
				case "mesh.yaml":
					mesh = slices.Concat(world, []byte("\n---\n"), f.Data)
				case "lines.log":
					lines = string(f.Data)
				case "want.txt":
					want, at = string(f.Data), i
				default:
					t.Fatalf("unknown file %s", f.Name)
				}
			}
			got := summary(t, mesh, lines)
			for _, code := range strings.FieldsFunc(got, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
				found[code] = true
			}
			if *golden.Update && at >= 0 && got != want {
				archive.Files[at].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, code := range catalogue.Codes() {
		if strings.HasPrefix(code, "Logged") && !found[code] {
			t.Errorf("no case has %s", code)
		}
	}
}

// summary is a row for each item: how often, how it compares, what the resources say, and what explains it.
func summary(t *testing.T, mesh []byte, lines string) string {
	t.Helper()
	s, err := manifest.Source{Stdin: bytes.NewReader(mesh)}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	p, _ := accesslog.NewParser(nil, nil)
	tally := NewTally(100)
	for _, line := range strings.Split(strings.TrimRight(lines, "\n"), "\n") {
		e, err := p.Parse(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		tally.Add(e)
	}
	r := Report(s, tally, Options{Brief: true, Base: question.Question{Namespace: "default", Now: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)},
		Command: func(question.Question, *redact.Redactor) string { return "" }})
	var out strings.Builder
	for _, it := range r.Items {
		head := "-"
		if it.Explanation != nil {
			head, _, _ = strings.Cut(it.Explanation.Verdict.Summary, "   ")
		}
		fmt.Fprintf(&out, "%d %s | %s | %s\n", it.Count, it.Agreement, head, because(it))
		for _, n := range it.Because {
			at := ""
			if n.Resource != nil {
				at = n.Resource.ID() + " "
			}
			fmt.Fprintf(&out, "    %s%s\n", at, n.Text)
		}
	}
	return out.String()
}

// TestTallyIsBounded: what is kept does not grow with the lines, and every line is counted.
func TestTallyIsBounded(t *testing.T) {
	const limit, lines = 50, 20_000
	tally := NewTally(limit)
	for i := range lines {
		tally.Add(accesslog.Entry{Writer: accesslog.Envoy, Method: "GET", Path: fmt.Sprintf("/%d", i), Code: 200, Details: fmt.Sprintf("d%d", i%200)})
	}
	sum := tally.Beyond
	for _, s := range tally.Seen() {
		sum += s.Count
	}
	if sum != lines || tally.Entries != lines {
		t.Errorf("%d of %d lines are counted", sum, lines)
	}
	if n := len(tally.Seen()); n > 2*limit {
		t.Errorf("%d are kept, %d are allowed", n, 2*limit)
	}
	if tally.Beyond == 0 {
		t.Error("none is beyond the bound, so that nothing was tried")
	}
}

// TestTimes: first and last are those of the requests, in whatever order the lines come.
func TestTimes(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	tally := NewTally(10)
	for _, n := range []int{5, 3, 9, 4} {
		tally.Add(accesslog.Entry{Time: day(n)})
	}
	tally.Add(accesslog.Entry{})
	s := tally.Seen()[0]
	if s.Count != 5 || s.First != day(3) || s.Last != day(9) {
		t.Errorf("%+v", s)
	}
}
