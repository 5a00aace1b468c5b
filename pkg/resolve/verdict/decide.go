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
	v := flow.Verdict{Outcomes: merged(b.Alternatives[0]), Settled: true, Presumes: b.presumes}
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
func Fold(n *flow.Node) Possibilities { return fold(n, nil) }

// An Exchange is what came to a proxy from behind a stage, with what it handed back instead: the same outcomes where it changed nothing.
// Of several possibilities it is the one under which nothing unknown interferes.
type Exchange struct{ Got, Handed []flow.Outcome }

// Exchanges lists what proxies handed back otherwise than they got it, by the result whose Response says how: tries that were repeated,
// answers that came too late.
func Exchanges(n *flow.Node) map[*flow.Result]Exchange {
	seen := map[*flow.Result]Exchange{}
	fold(n, func(r *flow.Result, x Exchange) { seen[r] = x })
	return seen
}

func fold(n *flow.Node, note func(*flow.Result, Exchange)) Possibilities {
	b := tail(n, note)
	for i := len(n.Results) - 1; i >= 0; i-- {
		r := &n.Results[i]
		b.respond(r, note)
		switch ends := r.Rejects(); {
		case ends == evidence.True:
			b = Exactly(told(r, r.Outcome()), r.Otherwise()...)
		case ends.IsUnknown():
			parts := []Possibilities{b}
			if len(r.Next) == 0 {
				parts = nil // the way does not go on in any case
			}
			for _, o := range append([]flow.Outcome{told(r, r.Outcome())}, r.Otherwise()...) {
				parts = append(parts, Exactly(o))
			}
			b = OneOf(parts, r.Gaps)
		}
		b.presume(r)
	}
	return b
}

// respond hands answers back through a proxy, where the stage's result says how.
func (b *Possibilities) respond(r *flow.Result, note func(*flow.Result, Exchange)) {
	switch {
	case r.Response == nil:
		return
	case len(r.Response.Rewrites) > 0:
		b.rewrite(r.Response)
		return
	}
	got := b.Alternatives[0]
	b.relay(func(world []flow.Outcome) []flow.Outcome { return HandBack(r.Response, world) })
	if note != nil {
		note(r, Exchange{got, b.Alternatives[0]})
	}
}

// told gives an outcome the stage that it comes from.
func told(r *flow.Result, o flow.Outcome) flow.Outcome {
	if o.At == nil {
		o.At = r
	}
	return o
}

// tail is what comes of the request behind the stretch.
func tail(n *flow.Node, note func(*flow.Result, Exchange)) Possibilities {
	switch {
	case len(n.Split) > 0:
		parts := make([]Possibilities, len(n.Split))
		for i, fork := range n.Split {
			parts[i] = fold(fork.Node, note)
		}
		if n.Split[0].Share == 0 {
			return OneOf(parts, n.Results[len(n.Results)-1].Gaps)
		}
		return mix(n, parts)
	case n.Down != nil:
		return fold(n.Down, note)
	}
	// The way ends without a word, which none does.
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
		out.grant(p.presumes)
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
