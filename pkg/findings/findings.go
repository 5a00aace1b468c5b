package findings

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/findings/enforcement"
	"github.com/mesh-why/mesh-why/pkg/findings/policies"
	"github.com/mesh-why/mesh-why/pkg/findings/routing"
	"github.com/mesh-why/mesh-why/pkg/findings/transport"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Of reviews the objects that a walk met, or should have met, and returns findings, the most telling first. The same input gives the
// same findings in the same order, each once.
func Of(s *mesh.Snapshot, q *flow.Request, root *flow.Node) []flow.Finding {
	if s == nil || q == nil || root == nil {
		return nil
	}
	w := walk.Of(s, q, root)
	var out []flow.Finding
	seen := map[key]bool{}
	for _, r := range rules {
		for _, f := range r(w) {
			if k := (key{f.Code, f.Resource}); !seen[k] {
				seen[k], out = true, append(out, f)
			}
		}
	}
	return out
}

// key is what makes two findings one, a kind and a field: what several pods have in common is told of the first of them.
type key struct {
	code     flow.Note
	resource mesh.Ref
}

// rules are all rules, in the order in which their findings are shown: what keeps routes from this request, what the bytes run into, what
// policies do not say, and what does not act at all.
var rules = slices.Concat(routing.Rules, transport.Rules, policies.Rules, enforcement.Rules)
