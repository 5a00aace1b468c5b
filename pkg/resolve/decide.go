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
				o.Assumed = true
				v.Outcomes = append(v.Outcomes, o)
			}
		}
	}
	return v
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

// mix is what can be so where the mesh sends each of several shares its own way.
func (n *Node) mix(parts []belief) belief {
	most := 0
	for _, p := range parts {
		most += len(p.worlds[0])
	}
	out := belief{worlds: [][]Outcome{make([]Outcome, 0, most)}}
	for i, p := range parts {
		out.gaps = append(out.gaps, p.gaps...)
		if len(out.worlds) == 1 && len(p.worlds) == 1 {
			for _, o := range p.worlds[0] {
				o.Share *= n.Split[i].Share
				out.worlds[0] = append(out.worlds[0], o)
			}
			continue
		}
		var next [][]Outcome
		for _, so := range out.worlds {
			for _, w := range p.worlds {
				if len(next) > maxWorlds {
					break
				}
				joined := append(make([]Outcome, 0, len(so)+len(w)), so...)
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
