package render_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// many is an answer with so many causes, and so many notes of one kind beside one of another.
func many(n int) *explain.Explanation {
	e := &explain.Explanation{Verdict: explain.Verdict{Settled: true, Summary: "DENIED 403"}}
	o := explain.Outcome{Result: flow.Answered, Status: 403, Reason: flow.RBACDenyMatched}
	for i := range n {
		ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: "bar", Name: fmt.Sprintf("p%d", i)}
		o.Responsible = append(o.Responsible, explain.Responsible{Ref: ref, Role: flow.Cause})
		e.Notes = append(e.Notes, explain.Note{Reason: "NamespaceMissing", Text: "there is no such namespace", Resource: &ref})
	}
	e.Verdict.Outcomes = []explain.Outcome{o}
	e.Notes = append(e.Notes, explain.Note{Reason: "PortUndeclared", Text: "no container declares it"})
	return e
}

// TestMany: of many causes and notes a table tells the first ones and counts the rest; few are told all, and so are many on request.
func TestMany(t *testing.T) {
	for _, x := range []struct {
		n            int
		format       string
		causes, told int
		says         []string
	}{
		{8, "table", 8, 4, []string{"note: 4 more of the kind NamespaceMissing", "note: no container declares it"}},
		{4, "table", 4, 4, []string{"note: no container declares it"}},
		{100, "table", 8, 4, []string{"   and 92 more; -o wide shows them", "   = note: and 92 more; -o wide shows them", "note: 96 more of the kind NamespaceMissing; -o wide shows them", "note: no container declares it"}},
		{100, "wide", 100, 100, []string{"note: no container declares it"}},
	} {
		var out bytes.Buffer
		if err := render.Explanation(&out, many(x.n), render.Options{Format: x.format, Width: 120}); err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(out.String(), "\n\n")
		if got := strings.Count(head, "AuthorizationPolicy bar/"); got != x.causes {
			t.Errorf("%d causes, %s: %d are told at the head, want %d", x.n, x.format, got, x.causes)
		}
		if got := strings.Count(rest, "there is no such namespace"); got != x.told {
			t.Errorf("%d notes, %s: %d are told, want %d", x.n, x.format, got, x.told)
		}
		for _, s := range x.says {
			if !strings.Contains(out.String(), s) {
				t.Errorf("%d, %s: does not say %q\n%s", x.n, x.format, s, out.String())
			}
		}
		if x.n == 4 && strings.Contains(out.String(), " more") {
			t.Errorf("counts what is told:\n%s", out.String())
		}
	}
}

// TestLongPatch: of an object that is all new, and longer than a screen, a table prints the beginning and counts the rest.
func TestLongPatch(t *testing.T) {
	e := many(1)
	e.Next = []explain.Next{{Kind: explain.NextRepair, Text: "add this", Patch: "rules:\n" + strings.Repeat("- key: value\n", 100)}}
	for format, want := range map[string]struct {
		lines int
		says  string
	}{"table": {10, "      | ... 90 more lines; the command above prints all\n"}, "wide": {100, ""}} {
		var out bytes.Buffer
		if err := render.Explanation(&out, e, render.Options{Format: format, Width: 120}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "key: value"); got != want.lines || !strings.Contains(out.String(), want.says) {
			t.Errorf("%s: %d lines of the patch, want %d and %q\n%s", format, got, want.lines, want.says, out.String())
		}
	}
}
