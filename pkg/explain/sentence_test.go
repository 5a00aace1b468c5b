package explain_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

// Every sentence about a recorded request has the facts that it asks for: one without leaves a hole, which shows as a stray space.
func TestSentencesHaveTheirFacts(t *testing.T) {
	names, err := filepath.Glob("../../testdata/truth/*.tar.gz")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			cases, err := truth.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			said := map[string]bool{}
			say := func(c *truth.Case, i int, code, text string) {
				if !said[code] && (text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, " ,") || code != "" && text == "") {
					said[code] = true
					t.Errorf("%s[%d] %s: %q", c.Name, i, code, text)
				}
			}
			for _, c := range cases {
				s, err := c.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range c.Requests {
					q, ok, err := r.Question()
					if err != nil {
						t.Fatal(err)
					}
					if !ok {
						continue
					}
					bound, err := q.Bind(s)
					if err != nil {
						t.Fatal(err)
					}
					e := explain.Explain(s, bound, explain.Options{Brief: true})
					for _, o := range e.Verdict.Outcomes {
						say(c, i, string(o.Reason), o.Text)
					}
					for _, h := range e.Hops {
						for _, st := range h.Stages {
							say(c, i, st.Reason, st.Text)
						}
					}
					for _, g := range e.Gaps {
						say(c, i, string(g.Cause), g.Text)
					}
				}
			}
		})
	}
}
