package incidents

import (
	"bytes"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/internal/ruletest"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair"
	"github.com/mesh-why/mesh-why/pkg/repair/ambient"
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

const folder = "../../testdata/incidents"

// The screen that an answer has to fit.
const (
	screenWidth = 100
	screenLines = 40
)

// TestIncidents runs the archives. Nine of ten default answers fit a screen.
func TestIncidents(t *testing.T) {
	base, err := ruletest.Base("../../testdata/rules")
	if err != nil {
		t.Fatal(err)
	}
	long, all := []string{}, 0
	for _, c := range golden.List(t, folder) {
		t.Run(c.Name(), func(t *testing.T) {
			all++
			if lines := incident(t, c, base); lines > screenLines {
				long = append(long, c.Name())
			}
		})
	}
	if len(long)*10 > all {
		t.Errorf("%d of %d answers do not fit %d lines of %d columns: %s", len(long), all, screenLines, screenWidth, strings.Join(long, ", "))
	}
}

// archive reads what an incident has in common with the archives of rules.
func archive(t *testing.T, c *golden.Case, base []byte) *ruletest.Archive {
	t.Helper()
	files := slices.DeleteFunc(slices.Clone(c.Files), func(f txtar.File) bool {
		return slices.Contains([]string{"mesh.yaml", "says", "silent", "want", "repair.yaml"}, f.Name)
	})
	a, err := ruletest.Read(files, base)
	if err != nil {
		t.Fatalf("%s: %v", c.Path(), err)
	}
	a.Rows = ruletest.Rows{"notes": nil, "nearMisses": nil, "next": nil}
	return a
}

// incident asks the questions of an archive, and returns how many lines the first answer has.
func incident(t *testing.T, c *golden.Case, base []byte) int {
	if len(strings.TrimSpace(string(c.Comment))) < 20 {
		t.Errorf("%s does not tell what was seen", c.Path())
	}
	a := archive(t, c, base)
	s, err := a.Snapshot([]byte(c.File("mesh.yaml")))
	if err != nil {
		t.Fatalf("%s: %v", c.Path(), err)
	}
	var want, printed strings.Builder
	lines := 0
	for i, line := range a.Questions {
		e, err := a.Ask(s, line)
		if err != nil {
			t.Fatalf("%s: %s: %v", c.Path(), line, err)
		}
		want.WriteString(line + "\n" + ruletest.Answer(e, a.Rows))
		text := shown(t, e)
		printed.WriteString(text)
		if i == 0 {
			lines = strings.Count(text, "\n")
			says(t, c, text)
			mends(t, c, a, s, line, e)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(c.File("silent")), "\n") {
		if line != "" && strings.Contains(oneLine(printed.String()), line) {
			t.Errorf("%s: an answer says %q, which it must not", c.Path(), line)
		}
	}
	c.Check(t, "want", want.String())
	return lines
}

func shown(t *testing.T, e *explain.Explanation) string {
	t.Helper()
	var out bytes.Buffer
	if err := render.Explanation(&out, e, render.Options{Format: "table", Width: screenWidth}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// says looks for what the default answer has to say, wherever its lines break.
func says(t *testing.T, c *golden.Case, text string) {
	t.Helper()
	text = oneLine(text)
	if strings.TrimSpace(c.File("says")) == "" {
		t.Errorf("%s does not name what the answer has to say", c.Path())
	}
	for _, line := range strings.Split(strings.TrimSpace(c.File("says")), "\n") {
		if !strings.Contains(text, oneLine(line)) {
			t.Errorf("%s: the answer lacks %q:\n%s", c.Path(), line, text)
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// mends tries the repair of the first question, read back from what is printed, and compares its reach.
func mends(t *testing.T, c *golden.Case, a *ruletest.Archive, s *mesh.Snapshot, line string, e *explain.Explanation) {
	t.Helper()
	var patch bytes.Buffer
	if err := render.Patch(&patch, e); err != nil {
		if strings.TrimSpace(c.File("repair.yaml")) != "" {
			c.Check(t, "repair.yaml", "")
		}
		return
	}
	c.Check(t, "repair.yaml", patch.String())
	objects, err := manifest.Source{Stdin: &patch}.Objects("-")
	if err != nil {
		t.Fatalf("%s: what -o patch prints: %v", c.Path(), err)
	}
	for _, o := range objects { // applying an object leaves its status alone, and when it was made
		if old, there := s.Object(mesh.RefTo(o)); there {
			o.SetCreationTimestamp(old.GetCreationTimestamp())
		}
		if p, is := o.(*corev1.Pod); is {
			if old, there, _ := s.Pods.Get(p.Namespace, p.Name); there {
				p.Status = old.Status
			}
		}
	}
	mended, err := a.Ask(ambient.Put(s, objects...), line)
	if err != nil {
		t.Fatal(err)
	}
	q, err := a.Bind(s, line)
	if err != nil {
		t.Fatal(err)
	}
	root, v := resolve.Answer(s, q)
	flips := mended.Reaches() || mended.Verdict.Outcomes[0].Reason == "PreflightAnswered"
	if e.Reaches() { // past a policy, which the change has act
		flips = !mended.Reaches()
	}
	found := repair.Find(s, q, root, v).Repairs
	at := slices.IndexFunc(found, func(r repair.Repair) bool { return r.Patch != "" })
	if !flips && (at < 0 || found[at].Request == nil) { // else it goes with a change of the request: see Verify
		t.Errorf("%s: with repair.yaml it is %s", c.Path(), mended.Verdict.Summary)
	}
	for _, r := range found {
		if err := Verify(s, q, r, rand.New(rand.NewSource(1))); err != nil {
			t.Errorf("%s: %s: %v", c.Path(), r.Code, err)
		}
	}
	for _, x := range repair.Enforce(s, q, root, v) {
		if err := VerifyEnforced(s, q, x, rand.New(rand.NewSource(1))); err != nil {
			t.Errorf("%s: %s: %v", c.Path(), x.Code, err)
		}
	}
}
