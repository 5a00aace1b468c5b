package verdict

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Possibilities is what can be so: one world for each way in which the unknown could turn out, and in each the outcomes with their shares.
type Possibilities struct {
	Alternatives [][]flow.Outcome
	gaps         []mesh.Gap
	presumes     []flow.Presumption
}

// maxWorlds bounds the combinations of unknown things that are told apart.
const maxWorlds = 64

// Exactly is the certainty of one outcome. Those that others could see in its place, by what they are and not by the mesh's choice, stand
// beside it with a share of 0.
func Exactly(o flow.Outcome, others ...flow.Outcome) Possibilities {
	o.Share = 1
	world := []flow.Outcome{o}
	for _, x := range others {
		x.Share = 0
		world = append(world, x)
	}
	return Possibilities{Alternatives: [][]flow.Outcome{world}}
}

// OneOf is what can be so where it is not known which of several things is.
func OneOf(parts []Possibilities, gaps []mesh.Gap) Possibilities {
	out := Possibilities{gaps: slices.Clone(gaps)}
	for _, p := range parts {
		out.gaps = append(out.gaps, p.gaps...)
		out.grant(p.presumes)
		for _, w := range p.Alternatives {
			known := slices.ContainsFunc(out.Alternatives, func(x []flow.Outcome) bool { return equalWorlds(x, w) })
			if !known {
				out.Alternatives = append(out.Alternatives, w)
			}
		}
	}
	out.bound()
	return out
}

// bound keeps the number of worlds within reason. What does not fit is replaced by one that is like no other, so that cutting never
// settles anything.
func (b *Possibilities) bound() {
	if len(b.Alternatives) > maxWorlds {
		b.Alternatives = append(b.Alternatives[:maxWorlds], []flow.Outcome{{Kind: flow.Answered, Share: 1, Reason: flow.Unread}})
	}
}

func (b *Possibilities) relay(r func([]flow.Outcome) []flow.Outcome) {
	worlds := make([][]flow.Outcome, len(b.Alternatives))
	for i, w := range b.Alternatives {
		worlds[i] = r(w)
	}
	b.Alternatives = worlds
}

// presume puts what comes of the request if a stage's presumptions do not hold beside the outcomes of every world, with a share of 0.
func (b *Possibilities) presume(r *flow.Result) {
	b.grant(r.Presumes)
	for i, w := range b.Alternatives {
		for _, o := range r.Aside {
			o = told(r, o)
			o.Share, o.Assumed = 0, true
			w = append(slices.Clip(w), o)
		}
		b.Alternatives[i] = w
	}
}

// grant adds presumptions that are not there yet.
func (b *Possibilities) grant(list []flow.Presumption) {
	for _, p := range list {
		known := slices.ContainsFunc(b.presumes, func(q flow.Presumption) bool {
			return q.Code == p.Code && q.Resource == p.Resource && slices.Equal(q.Args, p.Args)
		})
		if !known {
			b.presumes = append(b.presumes, p)
		}
	}
}

// merged joins outcomes that are one to the caller, adding their shares up; the largest share comes first, and of equal ones the
// first.
func merged(w []flow.Outcome) []flow.Outcome {
	out := make([]flow.Outcome, 0, min(len(w), 4))
	for _, o := range w {
		i := slices.IndexFunc(out, func(p flow.Outcome) bool { return p.Same(o) })
		if i < 0 {
			o.Backends, o.AnsweredBy = slices.Clone(o.Backends), slices.Clone(o.AnsweredBy)
			out = append(out, o)
			continue
		}
		if len(out[i].Backends) > 0 && len(o.Backends) > 0 {
			out[i].Arms = arms(out[i], o)
		}
		out[i].Share += o.Share
		if len(out[i].If) == 0 {
			out[i].If = o.If
		}
		for _, x := range o.Backends {
			if !slices.Contains(out[i].Backends, x) {
				out[i].Backends = append(out[i].Backends, x)
			}
		}
		for _, x := range o.AnsweredBy {
			if !slices.Contains(out[i].AnsweredBy, x) {
				out[i].AnsweredBy = append(out[i].AnsweredBy, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b flow.Outcome) int {
		switch {
		case a.Share > b.Share+1e-9:
			return -1
		case b.Share > a.Share+1e-9:
			return 1
		}
		return 0
	})
	return out
}

// arms are the parts that two outcomes which are one to the caller are made of. Parts with the same backends are one.
func arms(a, b flow.Outcome) []flow.Arm {
	of := func(o flow.Outcome) []flow.Arm {
		if len(o.Arms) > 0 {
			return o.Arms
		}
		return []flow.Arm{{Backends: o.Backends, Share: o.Share}}
	}
	out := slices.Clone(of(a))
	for _, x := range of(b) {
		i := slices.IndexFunc(out, func(y flow.Arm) bool { return flow.SameBackends(x.Backends, y.Backends) })
		if i < 0 {
			x.Backends = slices.Clone(x.Backends)
			out = append(out, x)
			continue
		}
		out[i].Share += x.Share
	}
	return out
}

// alike reports whether two worlds give the caller the same, whatever the reasons.
func alike(a, b []flow.Outcome) bool {
	return covers(a, b) && covers(b, a)
}

func covers(a, b []flow.Outcome) bool {
	for _, o := range a {
		if share(a, o)-share(b, o) > 1e-6 {
			return false
		}
	}
	return true
}

// share sums the shares of the outcomes that are like one.
func share(w []flow.Outcome, o flow.Outcome) float64 {
	sum := 0.0
	for _, x := range w {
		if x.Alike(o) {
			sum += x.Share
		}
	}
	return sum
}

func equalWorlds(a, b []flow.Outcome) bool {
	return slices.EqualFunc(a, b, func(x, y flow.Outcome) bool {
		return x.Same(y) && x.Share == y.Share && flow.SameBackends(x.Backends, y.Backends)
	})
}
