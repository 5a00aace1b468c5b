package explain

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

// notes collects what the stages found beside the verdict.
func notes(root *resolve.Node, r *redactor) []Note {
	var out []Note
	each(root, func(_ *resolve.Node, res *resolve.Result) {
		for _, f := range res.Notes {
			n := Note{Reason: string(f.Code), Text: Text(string(f.Code), f.Facts...)}
			if !f.Resource.IsZero() {
				ref := f.Resource
				n.Resource = &ref
			}
			if !slices.ContainsFunc(out, func(o Note) bool { return o.Reason == n.Reason && o.Text == n.Text && sameRef(o.Resource, n.Resource) }) {
				out = append(out, n)
			}
		}
	})
	return out
}

func sameRef(a, b *mesh.Ref) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// gapText is a gap in a sentence.
func gapText(g mesh.Gap) string {
	what := string(g.Kind)
	if g.Namespace != "" {
		what += " in namespace " + g.Namespace
	}
	if !g.Resource.IsZero() {
		what = g.Resource.String()
	}
	if g.Kind == mesh.Pod && g.Cause == mesh.External && g.Detail != "" {
		what = g.Detail
	}
	return Text(string(g.Cause), what, g.Detail)
}
