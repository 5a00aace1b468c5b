package explain

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// notes tells what the stages found beside the verdict, and then what the review of the walk did.
func notes(root *flow.Node, reviewed []flow.Finding, r *redactor) []Note {
	var out []Note
	type key struct {
		reason, text string
		ref          mesh.Ref
	}
	seen := map[key]bool{}
	add := func(found []flow.Finding) {
		for _, f := range found {
			n := Note{Reason: string(f.Code), Text: catalogue.Text(string(f.Code), r.args(f.Args)...)}
			if !f.Resource.IsZero() {
				ref := f.Resource
				n.Resource = &ref
			}
			if k := (key{n.Reason, n.Text, f.Resource}); !seen[k] {
				seen[k], out = true, append(out, n)
			}
		}
	}
	root.Seen(func(_ *flow.Node, res *flow.Result) { add(res.Notes) })
	add(reviewed)
	return out
}

// Gaps tells of gaps in sentences, with the questions to put to kubectl.
func Gaps(list []mesh.Gap) []Gap {
	var out []Gap
	for _, g := range list {
		out = append(out, Gap{Gap: g, CanI: g.CanI(), Text: gapText(g)})
	}
	return out
}

// onConditions tells gaps that an outcome has a condition for as that: whether it holds is what nobody knows.
func onConditions(gaps []Gap, v flow.Verdict, r *redactor) {
	for i, g := range gaps {
		if g.Cause != mesh.External || g.Rule != "" || g.Resource.IsZero() {
			continue
		}
		for _, o := range v.Outcomes {
			for _, p := range o.If {
				if p.Resource == g.Resource {
					gaps[i].Text = catalogue.Text("GapCondition", catalogue.Text(string(p.Code), r.args(p.Args)...))
				}
			}
		}
	}
}

// gapText is a gap in a sentence.
func gapText(g mesh.Gap) string {
	if g.Cause == mesh.External && g.Resource.Kind == mesh.Service && g.Resource.Field == "spec.externalTrafficPolicy" {
		return catalogue.Text(string(flow.AddressConcealed), g.Resource.Object().String())
	}
	switch {
	case g.Cause == mesh.External && g.Kind == mesh.Pod && g.Resource.IsZero():
		return catalogue.Text("GapAddress", g.Detail)
	case slices.Contains([]string{string(flow.EndpointsElsewhere), string(flow.NoteGatewayCaptured), string(flow.NoteWaypointDialled)}, g.Rule):
		return catalogue.Text(g.Rule, g.Resource.String())
	case g.Rule == string(flow.NoteMeshConfigAbsent):
		return catalogue.Text(g.Rule, g.Detail)
	case g.Rule != "":
		return catalogue.Text(string(flow.NoteRuleDiffers), g.Detail, flow.CodeMark+g.Rule, g.Resource.String())
	}
	return catalogue.Text(string(g.Cause), gapOf(g), g.Detail)
}

// unread names what could not be read: the first of it, where it is much.
func unread(gaps []mesh.Gap) string {
	var names []string
	for _, g := range gaps {
		if name := gapOf(g); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const few = 2
	if len(names) > few {
		names = append(names[:few], "...")
	}
	return strings.Join(names, ", ")
}

// gapOf is what is missing.
func gapOf(g mesh.Gap) string {
	what := string(g.Kind)
	if g.Namespace != "" {
		what += " in namespace " + g.Namespace
	}
	if !g.Resource.IsZero() {
		what = g.Resource.String()
	}
	if what == "" || (g.Kind == mesh.Pod || g.Kind == mesh.Node) && g.Cause == mesh.External && g.Detail != "" {
		what = g.Detail
	}
	return what
}
