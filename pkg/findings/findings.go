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
	for _, r := range rules {
		for _, f := range r(w) {
			if !slices.ContainsFunc(out, func(o flow.Finding) bool { return same(o, f) }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// same tells two findings of one kind about one field: what several pods have in common is told of the first of them.
func same(a, b flow.Finding) bool { return a.Code == b.Code && a.Resource == b.Resource }

// rules are all rules, in the order in which their findings are shown: what keeps routes from this request, what the bytes run into, what
// policies do not say, and what does not act at all.
var rules = slices.Concat(routing.Rules, transport.Rules, policies.Rules, enforcement.Rules)
