package verdict

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// rewrite applies what extensions make of answers. A change that may or may not come about leaves both possible.
func (b *Possibilities) rewrite(r *flow.Response) {
	with := Possibilities{Alternatives: slices.Clone(b.Alternatives)}
	doubtful := false
	b.relay(func(world []flow.Outcome) []flow.Outcome { return rewritten(r, world, evidence.True) })
	with.relay(func(world []flow.Outcome) []flow.Outcome {
		out := rewritten(r, world, evidence.Unknown)
		doubtful = doubtful || !equalWorlds(out, rewritten(r, world, evidence.True))
		return out
	})
	if !doubtful {
		return
	}
	var gaps []mesh.Gap
	for _, x := range r.Rewrites {
		gaps = append(gaps, mesh.Gap{Kind: x.By.Kind, Namespace: x.By.Namespace, Cause: mesh.Unsupported, Resource: x.By})
	}
	*b = OneOf([]Possibilities{*b, with}, flow.UniqueGaps(gaps))
}

// rewritten is a world with the statuses that extensions make of its answers, where a change counts that is at least so certain.
func rewritten(r *flow.Response, world []flow.Outcome, certain evidence.Tri) []flow.Outcome {
	out := slices.Clone(world)
	for i := range out {
		for _, x := range r.Rewrites {
			out[i] = changed(r, out[i], x, certain)
		}
	}
	return out
}

func changed(r *flow.Response, o flow.Outcome, x flow.Rewrite, certain evidence.Tri) flow.Outcome {
	if o.Kind != flow.Answered || o.GRPC != 0 {
		return o
	}
	for _, m := range x.Mappings {
		if m.Of(o.Status).Compare(certain) < 0 || m.Own && !slices.Contains(o.AnsweredBy, r.Party) {
			continue
		}
		if m.To == o.Status {
			return o
		}
		o.Status = m.To
		if m.Body != "" {
			o.Body = m.Body
		}
		o.By = append(slices.Clip(o.By), flow.Responsible{Ref: x.By, Role: flow.Cause})
		return o
	}
	return o
}
