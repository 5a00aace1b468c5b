package explain

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// hops lists the parties on the way, each once: those of the first way on, then those that only other ways meet.
func hops(root *flow.Node, r *redactor) []Hop {
	b := &hopBuilder{redactor: r, exchanges: verdict.Exchanges(root), in: map[*Hop]flow.Place{}}
	b.node(root, nil, nil)
	out := make([]Hop, len(b.hops))
	for i, h := range b.hops {
		out[i] = *h
	}
	return out
}

type hopBuilder struct {
	*redactor
	hops      []*Hop
	in        map[*Hop]flow.Place // a pod that calls itself has the same ztunnel at both ends
	assumed   int                 // how many hidden things the stretch rests on
	exchanges map[*flow.Result]verdict.Exchange
}

// node adds a stretch to the hop that it belongs to; within is the hop of the stretch before it, of the same party, and came the request as
// it reached that party.
func (b *hopBuilder) node(n *flow.Node, within *Hop, came *flow.Flow) {
	h := within
	if came == nil {
		came = &n.Flow
	}
	if h == nil {
		h = b.hopOf(n)
	}
	b.rows(h, n)
	if h.Sees == (Sees{}) && len(n.Split) == 0 {
		h.Sees = b.sees(came, &n.Left)
	}
	for i, f := range n.Split {
		supposes := n.Supposes(i)
		if supposes {
			b.assumed++
		}
		b.node(f.Node, h, came)
		if supposes {
			b.assumed--
		}
	}
	if n.Down != nil {
		b.node(n.Down, nil, nil)
	}
}

// hopOf finds the hop of a stretch's party, or begins one.
func (b *hopBuilder) hopOf(n *flow.Node) *Hop {
	for _, x := range slices.Backward(b.hops) {
		if x.Proxy == n.Party && x.Role == n.Role && b.in[x] == n.Flow.In {
			return x
		}
	}
	h := &Hop{Proxy: n.Party, Role: n.Role, Stages: []Stage{}}
	b.hops = append(b.hops, h)
	b.in[h] = n.Flow.In
	return h
}

// rows adds what the stages of a stretch have to show.
func (b *hopBuilder) rows(h *Hop, n *flow.Node) {
	rejected := false
	for i := range n.Results {
		res := &n.Results[i]
		if res.Effect() == flow.Silent {
			continue
		}
		st := b.stage(res)
		st.Assumed = b.assumed > 0
		if res.Rejects() != evidence.False {
			st.Answers = answers(res.Outcome())
		}
		if res.Rejects() == evidence.True {
			st.Also = rejected
			rejected = true
		}
		h.add(st)
		if st, has := b.retries(res); has {
			h.add(st)
		}
	}
}

// add puts a row in its place, once.
func (h *Hop) add(st Stage) {
	if !slices.ContainsFunc(h.Stages, func(o Stage) bool { return sameStage(o, st) }) {
		h.Stages = append(h.Stages, st)
	}
}

// answers is what a rejection looks like on the wire, in a word.
func answers(o flow.Outcome) string {
	switch {
	case o.Status != 0:
		return strconv.Itoa(o.Status)
	case o.Kind != "":
		return string(o.Kind)
	case o.Failure == flow.ConnectRefused:
		return string(flow.Refused)
	case o.Failure == flow.HandshakeFailed:
		return string(flow.TLSFailure)
	}
	return string(flow.Reset)
}

func sameStage(a, b Stage) bool {
	return a.Stage == b.Stage && a.Effect == b.Effect && a.Reason == b.Reason && a.Text == b.Text &&
		(a.Resource == nil) == (b.Resource == nil) && (a.Resource == nil || *a.Resource == *b.Resource)
}

func (b *hopBuilder) stage(res *flow.Result) Stage {
	st := Stage{Stage: res.Stage, Effect: res.Effect(), Reason: string(res.Reason)}
	if !res.Resource.IsZero() {
		ref := res.Resource
		st.Resource = &ref
	}
	if st.Reason == "" {
		st.Reason = string(res.Note)
	}
	st.Text = b.text(res)
	for _, c := range res.Candidates {
		st.Candidates = append(st.Candidates, b.candidate(c))
	}
	return st
}

func (b *hopBuilder) candidate(c flow.Candidate) Candidate {
	out := Candidate{Resource: c.Ref, Applies: c.Applies, Why: string(c.Why)}
	if out.Why == "" && c.Applies {
		out.Why = string(precedence.Applies)
	}
	if len(c.Checks) > 0 || !c.Matches.IsUnknown() {
		out.Matches = c.Matches.String()
	}
	if !c.By.IsZero() {
		by := c.By
		out.By = &by
	}
	for _, x := range c.Checks {
		out.Checks = append(out.Checks, b.check(x))
	}
	return out
}

// sees tells what a proxy saw of the request: as it came in, and what the proxy made out when it was done.
func (b *hopBuilder) sees(came, left *flow.Flow) Sees {
	if left.At.Role == flow.Caller {
		return Sees{}
	}
	s := Sees{Peer: left.Principal, RequestPrincipal: left.Token.Claims.Principal(), TLS: came.Wire.Transport.String(), Protocol: "TCP"}
	if left.L7 || left.At.Role == flow.Application && !left.Request.Raw() && came.Wire.Transport != flow.IstioMutual { // which no program reads
		s.Protocol = "HTTP"
		s.Path, s.Authority = came.Message.Path, came.Message.Authority
	}
	if came.Wire.Source.IsValid() {
		s.SourceIP = came.Wire.Source.String()
	}
	seen := *left
	seen.Wire = came.Wire
	if a := seen.RemoteAddress(); a.IsValid() {
		s.RemoteIP = a.String()
	}
	return s
}
