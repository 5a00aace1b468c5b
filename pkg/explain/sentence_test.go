package explain_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Every sentence about a recorded request has the arguments that it asks for: one without leaves a hole, which shows as a stray space. So it
// is for somebody who may not read a kind, another one in each case.
func TestSentencesHaveTheirFacts(t *testing.T) {
	kinds := []mesh.Kind{mesh.AuthorizationPolicy, mesh.PeerAuthentication, mesh.RequestAuthentication, mesh.DestinationRule, mesh.VirtualService, mesh.ServiceEntry,
		mesh.Sidecar, mesh.Gateway, mesh.EnvoyFilter, mesh.EndpointSlice, mesh.Service, mesh.ConfigMap}
	err := truth.Each("../../testdata/truth", func(n int, c *truth.Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		return errors.Join(sentences(c, s), sentences(c, s.Hide(kinds[n%len(kinds)])))
	})
	if err != nil {
		t.Error(err)
	}
}

func sentences(c *truth.Case, s *mesh.Snapshot) error {
	return c.Questions(func(_ int, q question.Question) error {
		if r, err := q.Bind(s); err == nil { // else it is a name that nobody can look up
			return holes(explain.Explain(s, r, explain.Options{Brief: true}))
		}
		return nil
	})
}

func holes(e *explain.Explanation) error {
	var errs []error
	say := func(code, text string) {
		if text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, " ,") || code != "" && text == "" {
			errs = append(errs, fmt.Errorf("%s: %q", code, text))
		}
	}
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
}
