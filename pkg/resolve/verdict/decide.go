package verdict

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Decide folds a walk into a verdict. It reads nothing but the results: what the table shows is what decided.
func Decide(n *flow.Node) flow.Verdict { return Fold(n).Verdict() }

// Verdict is what the caller sees in all the worlds that are possible.
func (b Possibilities) Verdict() flow.Verdict {
	b.relay(toCaller)
	v := flow.Verdict{Outcomes: merged(b.Alternatives[0]), Settled: true}
	for _, w := range b.Alternatives[1:] {
		if !alike(b.Alternatives[0], w) {
			v.Settled = false
		}
	}
	if v.Settled {
		return v
	}
	v.Gaps = flow.UniqueGaps(b.gaps)
	for _, w := range b.Alternatives[1:] {
		for _, o := range merged(w) {
			if !slices.ContainsFunc(v.Outcomes, func(p flow.Outcome) bool { return p.Alike(o) && p.Reason == o.Reason }) {
				o.Assumed = true
				v.Outcomes = append(v.Outcomes, o)
			}
		}
	}
	return v
}

// Fold goes through a stretch from its end to its beginning.
func Fold(n *flow.Node) Possibilities {
	b := tail(n)
	for i := len(n.Results) - 1; i >= 0; i-- {
		r := &n.Results[i]
		if r.Relay != nil {
			b.relay(r.Relay)
		}
		switch r.Rejects {
		case evidence.True:
			b = Exactly(told(r, r.With), r.Might...)
		case evidence.Unknown:
			parts := []Possibilities{b}
			if len(r.Next) == 0 {
				parts = nil // the way does not go on in any case
			}
			for _, o := range append([]flow.Outcome{told(r, r.With)}, r.Might...) {
				parts = append(parts, Exactly(o))
			}
			b = OneOf(parts, r.Gaps)
		}
	}
	return b
}

// told gives an outcome the stage that it comes from.
func told(r *flow.Result, o flow.Outcome) flow.Outcome {
	if o.At == nil {
		o.At = r
	}
	return o
}

// tail is what comes of the request behind the stretch.
func tail(n *flow.Node) Possibilities {
	switch {
	case len(n.Split) > 0:
		parts := make([]Possibilities, len(n.Split))
		for i, fork := range n.Split {
			parts[i] = Fold(fork.Node)
		}
		if n.Split[0].Share == 0 {
			return OneOf(parts, n.Results[len(n.Results)-1].Gaps)
		}
		return mix(n, parts)
	case n.Down != nil:
		return Fold(n.Down)
	}
	// The way ends without a word, which only a request does that goes round in circles.
	return Exactly(flow.Outcome{Kind: flow.Timeout, CurlExit: 28, Reason: flow.Unmodelled})
}

// mix is what can be so where the mesh sends each of several shares its own way.
func mix(n *flow.Node, parts []Possibilities) Possibilities {
	most := 0
	for _, p := range parts {
		most += len(p.Alternatives[0])
	}
	out := Possibilities{Alternatives: [][]flow.Outcome{make([]flow.Outcome, 0, most)}}
	for i, p := range parts {
		out.gaps = append(out.gaps, p.gaps...)
		if len(out.Alternatives) == 1 && len(p.Alternatives) == 1 {
			for _, o := range p.Alternatives[0] {
				o.Share *= n.Split[i].Share
				out.Alternatives[0] = append(out.Alternatives[0], o)
			}
			continue
		}
		var next [][]flow.Outcome
		for _, so := range out.Alternatives {
			for _, w := range p.Alternatives {
				if len(next) > maxWorlds {
					break
				}
				joined := append(make([]flow.Outcome, 0, len(so)+len(w)), so...)
				for _, o := range w {
					o.Share *= n.Split[i].Share
					joined = append(joined, o)
				}
				next = append(next, joined)
			}
		}
		out.Alternatives = next
		out.bound()
	}
	return out
}
