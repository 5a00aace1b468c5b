package resolve

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// newer lists the fields that this program does not know of the objects that apply to a walk: what they say nobody here can tell.
func newer(s *mesh.Snapshot, root *Node) []mesh.Gap {
	var out []mesh.Gap
	if len(s.Newer) == 0 {
		return nil
	}
	root.Each(func(_ *Node, r *Result) {
		for _, c := range r.Candidates {
			for _, g := range s.Newer {
				if c.Applies && g.Resource.Object() == c.Ref.Object() && !slices.Contains(out, g) {
					out = append(out, g)
				}
			}
		}
	})
	return out
}

// Each calls f for the results of a walk in their order, with the node that each stands in; those of branches come one after the other,
// the most likely first.
func (n *Node) Each(f func(*Node, *Result)) {
	for i := range n.Results {
		f(n, &n.Results[i])
	}
	for _, fork := range n.Split {
		fork.Node.Each(f)
	}
	if n.Down != nil {
		n.Down.Each(f)
	}
}
