package truth

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// TestBlame holds the responsible resources against the counterfactual: with those taken away that an answer names as its cause, the
// answer is another one (in result, status or reason).
func TestBlame(t *testing.T) {
	each(t, func(c *Case, s *mesh.Snapshot) error {
		return c.Asked(s, func(_ int, r *flow.Request) error {
			e := explain.Explain(s, r, explain.Options{})
			if !e.Verdict.Settled {
				return nil
			}
			var errs []error
			for _, o := range e.Verdict.Outcomes {
				if o.Aside() {
					continue // what comes of it if a presumption does not hold: no object of the mesh is to blame
				}
				if err := counterfactual(s, r, o); err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", explain.Headline(o), err))
				}
			}
			return errors.Join(errs...)
		})
	})
}

func counterfactual(s *mesh.Snapshot, q *flow.Request, o explain.Outcome) error {
	if o.Result == flow.Reaches || o.Reason == flow.APIServerAnswered {
		return nil
	}
	var causes []mesh.Ref
	for _, r := range o.Responsible {
		if r.Role == flow.Cause {
			causes = append(causes, r.Ref)
		}
	}
	if len(causes) == 0 {
		if noCause[o.Reason] {
			return nil
		}
		return fmt.Errorf("%s has no cause", o.Reason)
	}
	less, ask, ok := explain.Without(s, q, causes)
	if !ok {
		if noCause[o.Reason] {
			return nil
		}
		return fmt.Errorf("%s: %v cannot be taken away", o.Reason, causes)
	}
	after := verdict.Decide(resolve.Run(less, ask))
	if after.Settled && slices.ContainsFunc(after.Outcomes, func(x flow.Outcome) bool {
		return x.Kind == o.Result && x.Status == o.Status && x.Reason == o.Reason
	}) {
		return fmt.Errorf("%s: without %v it is the same", o.Reason, causes)
	}
	return nil
}

// noCause are the reasons that can lie in the request itself, as with clear text for a port of TLS outside, or in what is not there.
var noCause = map[flow.Reason]bool{flow.NameNotFound: true, flow.BadRequest: true, flow.ServerSpeaksTLS: true}
