package render_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const sample = "../../cmd/kubectl-mesh_why/sample/mesh.yaml"

// asked are questions about the sample mesh whose answers look different.
var asked = map[string]question.Question{
	"reaches": {From: "sleep.foo", To: "httpbin.bar:8000/ip"},
	"denied":  {From: "sleep.foo", To: "httpbin.bar:8000/admin", Method: "POST"},
	"reset":   {From: "sleep.legacy", To: "httpbin.bar:8000/ip"},
	"token":   {From: "sleep.foo", To: "httpbin.bar:8000/ip", Token: "not.a.token"},
	"fails":   {From: "sleep.foo", To: "httpbin.legacy:8000/ip"},
	"shares":  {From: "sleep.foo", To: "reviews.bar:9080/"},
	"gateway": {From: "outside", To: "http://shop.example.com/cart", Via: "istio-ingressgateway.istio-system"},
	"noname":  {From: "sleep.foo", To: "httpbn.bar"},
}

func answer(t *testing.T, s *mesh.Snapshot, q question.Question) *explain.Explanation {
	t.Helper()
	q.Now = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	r, err := q.Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	return explain.Explain(s, r, explain.Options{Tool: "test", Via: q.Via, Command: "kubectl mesh-why " + q.From + " " + q.To, Destination: q.To})
}

func snapshot(t *testing.T, names ...string) *mesh.Snapshot {
	t.Helper()
	s, err := manifest.Source{}.Snapshot(names...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLooks compares what people see, in terminals of two widths, with golden files that somebody has read.
func TestLooks(t *testing.T) {
	s := snapshot(t, sample)
	for name, q := range asked {
		e := answer(t, s, q)
		for suffix, o := range map[string]render.Options{
			"80": {Format: "table", Width: 80}, "120": {Format: "table", Width: 120}, "wide": {Format: "wide", Width: 120},
			"trace": {Format: "table", Trace: true, Width: 120},
		} {
			t.Run(name+"/"+suffix, func(t *testing.T) {
				var out bytes.Buffer
				if err := render.Explanation(&out, e, o); err != nil {
					t.Fatal(err)
				}
				golden.Check(t, "testdata/"+name+"."+suffix+".txt", out.String())
				for _, line := range strings.Split(out.String(), "\n") {
					// Commands and patches are copied, so they are never broken.
					if n := utf8.RuneCountInString(line); suffix != "wide" && suffix != "trace" && n > o.Width && strings.HasPrefix(line, "#") {
						t.Errorf("a line of %d columns: %s", n, line)
					}
				}
			})
		}
	}
}

// TestNothingIsLost: what an answer says is said whole, letter by letter, however narrow the table is.
func TestNothingIsLost(t *testing.T) {
	s := snapshot(t, sample)
	squeeze := func(x string) string { return strings.Join(strings.Fields(x), "") }
	for name, q := range asked {
		e := answer(t, s, q)
		said := []string{e.Verdict.Summary}
		for _, o := range e.Verdict.Outcomes {
			if o.Result != flow.Reaches {
				said = append(said, o.Text, o.ResponseCodeDetails)
			}
		}
		for _, n := range e.Notes {
			said = append(said, n.Text)
		}
		for _, n := range e.Next {
			said = append(said, n.Text, n.ReachText)
			if n.Kind == explain.NextLook { // of changes the first alone has its command, and what confirms a cause has none
				said = append(said, n.Command)
			}
		}
		for _, g := range e.Gaps {
			said = append(said, g.Text, g.CanI)
		}
		for width := 60; width <= 200; width += 7 {
			var out bytes.Buffer
			if err := render.Explanation(&out, e, render.Options{Format: "table", Width: width}); err != nil {
				t.Fatal(err)
			}
			for _, text := range said {
				if !strings.Contains(squeeze(out.String()), squeeze(text)) {
					t.Errorf("%s at %d columns lacks %q", name, width, text)
				}
			}
		}
	}
}

// hostile are texts that move the cursor, hide text or turn it round.
var hostile = []string{"\x1b[2J", "\x1b]0;title\a", "\r", "\b\b\b", "\x7f", "\u009b31m", "\u202eevil", "\u200b", "\u2066", "\ufeff", "\u2028", "\xff\xfe", "\U000e0041"}

// TestHostile puts such texts wherever a cluster's words can stand.
func TestHostile(t *testing.T) {
	for _, bad := range hostile {
		s := snapshot(t, sample)
		for _, p := range objects(s) {
			p.Spec.Rules[0].To[0].Operation.Paths = append(p.Spec.Rules[0].To[0].Operation.Paths, "/x"+bad)
		}
		e := answer(t, s, question.Question{From: "sleep.foo", To: "httpbin.bar:8000/", Path: "/y", Headers: flow.Headers{{Name: "x-a", Value: "v" + bad}}})
		e.Notes = append(e.Notes, explain.Note{Reason: "X", Text: "note " + bad})
		e.Gaps = append(e.Gaps, explain.Gap{Text: "gap " + bad, CanI: "ask " + bad})
		for _, format := range []string{"table", "wide", "json", "yaml"} {
			var out bytes.Buffer
			if err := render.Explanation(&out, e, render.Options{Format: format, Width: 100, Trace: true}); err != nil {
				t.Fatal(err)
			}
			for _, r := range out.String() {
				if r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || strings.ContainsRune("\u202e\u200b\u2066\ufeff\u2028\U000e0041", r)) {
					t.Errorf("%s: %q comes through as %U", format, bad, r)
					break
				}
			}
		}
	}
}

// TestYAML: YAML says what JSON says, hostile texts and all.
func TestYAML(t *testing.T) {
	s := snapshot(t, sample)
	e := answer(t, s, asked["denied"])
	for _, bad := range hostile {
		e.Notes = append(e.Notes, explain.Note{Reason: "X", Text: "note " + bad + "\nand more"})
	}
	e.Notes = append(e.Notes, explain.Note{Text: "yes"}, explain.Note{Text: "08"}, explain.Note{Text: "1.5e3"}, explain.Note{Text: "# none"}, explain.Note{Text: " "})
	var asJSON, asYAML bytes.Buffer
	if err := render.Explanation(&asJSON, e, render.Options{Format: "json"}); err != nil {
		t.Fatal(err)
	}
	if err := render.Explanation(&asYAML, e, render.Options{Format: "yaml"}); err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(asJSON.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(asYAML.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("JSON has\n%s\nYAML has\n%s", asJSON.String(), asYAML.String())
	}
}
