package explain_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

// Every sentence about a recorded request has the facts that it asks for: one without leaves a hole, which shows as a stray space.
func TestSentencesHaveTheirFacts(t *testing.T) {
	err := truth.Each("../../testdata/truth", func(_ int, c *truth.Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		return c.Asked(s, func(_ int, r *resolve.Request) error {
			var errs []error
			say := func(code, text string) {
				if text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, " ,") || code != "" && text == "" {
					errs = append(errs, fmt.Errorf("%s: %q", code, text))
				}
			}
			e := explain.Explain(s, r, explain.Options{Brief: true})
			for _, o := range e.Verdict.Outcomes {
				say(string(o.Reason), o.Text)
			}
			for _, h := range e.Hops {
				for _, st := range h.Stages {
					say(st.Reason, st.Text)
				}
			}
			for _, g := range e.Gaps {
				say(string(g.Cause), g.Text)
			}
			return errors.Join(errs...)
		})
	})
	if err != nil {
		t.Error(err)
	}
}
