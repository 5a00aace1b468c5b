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
func (n *Node) Each(f func(*Node, *Result)) { n.each(f, false) }

// Seen does so for those alone that do not suppose anything of what could not be read.
func (n *Node) Seen(f func(*Node, *Result)) { n.each(f, true) }

func (n *Node) each(f func(*Node, *Result), seen bool) {
	for i := range n.Results {
		f(n, &n.Results[i])
	}
	for i, fork := range n.Split {
		if !seen || !n.Supposes(i) {
			fork.Node.each(f, seen)
		}
	}
	if n.Down != nil {
		n.Down.each(f, seen)
	}
}

// Supposes tells whether a fork is for the case that what could not be read is otherwise than it looks: the first one is for what was.
func (n *Node) Supposes(fork int) bool {
	gaps := n.Results[len(n.Results)-1].Gaps
	return fork > 0 && n.Split[fork].Share == 0 && len(gaps) > 0 &&
		!slices.ContainsFunc(gaps, func(g mesh.Gap) bool { return g.Cause != mesh.Failed && g.Cause != mesh.Forbidden })
}
