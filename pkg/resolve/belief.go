package resolve

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// belief is what can be so: one world for each way in which the unknown could turn out, and in each the outcomes with their shares.
type belief struct {
	worlds [][]Outcome
	gaps   []mesh.Gap
}

// maxWorlds bounds the combinations of unknown things that are told apart.
const maxWorlds = 64

// certain is a belief in one outcome. Those that others could see in its place, by what they are and not by the mesh's choice, stand
// beside it with a share of 0.
func certain(o Outcome, others ...Outcome) belief {
	o.Share = 1
	world := []Outcome{o}
	for _, x := range others {
		x.Share = 0
		world = append(world, x)
	}
	return belief{worlds: [][]Outcome{world}}
}

// either is what can be so where it is not known which of several beliefs holds.
func either(parts []belief, gaps []mesh.Gap) belief {
	out := belief{gaps: slices.Clone(gaps)}
	for _, p := range parts {
		out.gaps = append(out.gaps, p.gaps...)
		for _, w := range p.worlds {
			known := slices.ContainsFunc(out.worlds, func(x []Outcome) bool { return equalWorlds(x, w) })
			if !known {
				out.worlds = append(out.worlds, w)
			}
		}
	}
	out.bound()
	return out
}

// bound keeps the number of worlds within reason. What does not fit is replaced by one that is like no other, so that cutting never
// settles anything.
func (b *belief) bound() {
	if len(b.worlds) > maxWorlds {
		b.worlds = append(b.worlds[:maxWorlds], []Outcome{{Kind: Answered, Share: 1, Reason: Unread}})
	}
}

func (b *belief) relay(r Relay) {
	worlds := make([][]Outcome, len(b.worlds))
	for i, w := range b.worlds {
		worlds[i] = r(w)
	}
	b.worlds = worlds
}

// merged joins outcomes that are one to the caller, adding their shares up; the largest share comes first, and of equal ones the
// first.
func merged(w []Outcome) []Outcome {
	out := make([]Outcome, 0, min(len(w), 4))
	for _, o := range w {
		i := slices.IndexFunc(out, func(p Outcome) bool { return p.same(o) })
		if i < 0 {
			o.Backends, o.AnsweredBy = slices.Clone(o.Backends), slices.Clone(o.AnsweredBy)
			out = append(out, o)
			continue
		}
		out[i].Share += o.Share
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
	slices.SortStableFunc(out, func(a, b Outcome) int {
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

// alike tells whether two worlds give the caller the same, whatever the reasons.
func alike(a, b []Outcome) bool {
	return covers(a, b) && covers(b, a)
}

func covers(a, b []Outcome) bool {
	for _, o := range a {
		if share(a, o)-share(b, o) > 1e-6 {
			return false
		}
	}
	return true
}

// share sums the shares of the outcomes that are like one.
func share(w []Outcome, o Outcome) float64 {
	sum := 0.0
	for _, x := range w {
		if x.alike(o) {
			sum += x.Share
		}
	}
	return sum
}

func equalWorlds(a, b []Outcome) bool {
	return slices.EqualFunc(a, b, func(x, y Outcome) bool {
		return x.same(y) && x.Share == y.Share && sameBackends(x.Backends, y.Backends)
	})
}

func uniqueGaps(gaps []mesh.Gap) []mesh.Gap {
	var out []mesh.Gap
	for _, g := range gaps {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}
