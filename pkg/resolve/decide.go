package resolve

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Relay is how a proxy hands back what it gets: from all the places that it could have sent the request to, each with its share, to
// what its own client sees.
type Relay func([]Outcome) []Outcome

// Verdict is what the caller gets.
type Verdict struct {
	Outcomes []Outcome
	Settled  bool       // nothing that is unknown could change the outcomes
	Gaps     []mesh.Gap // what could, where it is not settled
}

// Decide folds a walk into a verdict. It reads nothing but the results: what the table shows is what decided.
func Decide(n *Node) Verdict { return n.fold().verdict() }

// verdict is what the caller sees in all the worlds that are possible.
func (b belief) verdict() Verdict {
	b.relay(toCaller)
	v := Verdict{Outcomes: merged(b.worlds[0]), Settled: true}
	for _, w := range b.worlds[1:] {
		if !alike(b.worlds[0], w) {
			v.Settled = false
		}
	}
	if v.Settled {
		return v
	}
	v.Gaps = uniqueGaps(b.gaps)
	for _, w := range b.worlds[1:] {
		for _, o := range merged(w) {
			if !slices.ContainsFunc(v.Outcomes, func(p Outcome) bool { return p.alike(o) && p.Reason == o.Reason }) {
				v.Outcomes = append(v.Outcomes, o)
			}
		}
	}
	return v
}

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

// fold goes through a stretch from its end to its beginning.
func (n *Node) fold() belief {
	b := n.tail()
	for i := len(n.Results) - 1; i >= 0; i-- {
		r := &n.Results[i]
		if r.Relay != nil {
			b.relay(r.Relay)
		}
		switch r.Rejects {
		case True:
			b = certain(r.told(r.With), r.Might...)
		case Unknown:
			parts := []belief{b}
			if len(r.Next) == 0 {
				parts = nil // the way does not go on in any case
			}
			for _, o := range append([]Outcome{r.told(r.With)}, r.Might...) {
				parts = append(parts, certain(o))
			}
			b = either(parts, r.Gaps)
		}
	}
	return b
}

// told gives an outcome the stage that it comes from.
func (r *Result) told(o Outcome) Outcome {
	if o.At == nil {
		o.At = r
	}
	return o
}

// tail is what comes of the request behind the stretch.
func (n *Node) tail() belief {
	switch {
	case len(n.Split) > 0:
		parts := make([]belief, len(n.Split))
		for i, fork := range n.Split {
			parts[i] = fork.Node.fold()
		}
		if n.Split[0].Share == 0 {
			return either(parts, n.Results[len(n.Results)-1].Gaps)
		}
		return n.mix(parts)
	case n.Down != nil:
		return n.Down.fold()
	}
	// The way ends without a word, which only a request does that goes round in circles.
	return certain(Outcome{Kind: Timeout, CurlExit: 28, Reason: Unmodelled})
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

// mix is what can be so where the mesh sends each of several shares its own way.
func (n *Node) mix(parts []belief) belief {
	out := belief{worlds: [][]Outcome{nil}}
	for i, p := range parts {
		out.gaps = append(out.gaps, p.gaps...)
		var next [][]Outcome
		for _, so := range out.worlds {
			for _, w := range p.worlds {
				if len(next) > maxWorlds {
					break
				}
				joined := slices.Clone(so)
				for _, o := range w {
					o.Share *= n.Split[i].Share
					joined = append(joined, o)
				}
				next = append(next, joined)
			}
		}
		out.worlds = next
		out.bound()
	}
	return out
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
	var out []Outcome
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
