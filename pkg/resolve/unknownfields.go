package resolve

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// newer lists the fields that this program does not know of the objects that apply to a walk: what they say nobody here can tell.
func newer(s *mesh.Snapshot, root *flow.Node) []mesh.Gap {
	var out []mesh.Gap
	if len(s.Newer) == 0 {
		return nil
	}
	root.Each(func(_ *flow.Node, r *flow.Result) {
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
