package truth

import (
	"math"
	"slices"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Ground is why an outcome can be right that was predicted and not seen.
type Ground string

// The grounds. They follow from how the lab was built and from how often it asked, not from the prediction's being right otherwise.
const (
	// FirstEndpoint: the lab's stand-ins for kube-proxy and DNS pick the first endpoint every time.
	FirstEndpoint Ground = "the lab dials the first endpoint only"
	// CallersChoice: which of the outcomes it is follows from what the question has no words for, such as the client's patience.
	CallersChoice Ground = "up to the client"
	// Chance: the mesh chooses, and was asked too rarely for its every choice to be seen.
	Chance Ground = "asked too rarely"
	// Presumed: it comes about only where what the verdict presumes does not hold, such as that there is no load.
	Presumed Ground = "presumed not to come about"
)

// Unseen is an outcome that was predicted and not seen.
type Unseen struct {
	Outcome explain.Outcome
	Ground  Ground // empty where there is none: the prediction says too much
}

// Unseen returns the outcomes, and the backends of outcomes, that a settled prediction has and the caller did not see.
func (r Request) Unseen(e *explain.Explanation) []Unseen {
	var out []Unseen
	choice := slices.ContainsFunc(e.Verdict.Outcomes, func(o explain.Outcome) bool { return share(o) == 0 && !o.Assumed })
	for _, p := range e.Verdict.Outcomes {
		if !slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return r.seen(o).fits(p) }) {
			ground := r.ground(share(p), choice)
			if share(p) == 0 && p.Assumed {
				ground = Presumed
			}
			out = append(out, Unseen{p, ground})
			continue
		}
		for _, b := range p.Backends {
			// Endpoints that cannot differ are one outcome. Which of them took the request is worth a line only where all should have.
			if g := r.ground(share(p)/float64(len(p.Backends)), choice); g == "" && !r.reached(b.Backend) {
				p.Backends = []explain.Backend{b}
				out = append(out, Unseen{Outcome: p})
			}
		}
	}
	return out
}

// ground returns why an outcome of such a share need not have been seen.
func (r Request) ground(share float64, choice bool) Ground {
	times := 0
	for _, o := range r.Outcomes {
		times += o.Count
	}
	const rare = 0.02
	switch {
	case choice && (share == 0 || share == 1):
		return CallersChoice
	case share == 1:
		return ""
	case !r.spread() && r.always():
		return FirstEndpoint
	case math.Pow(1-share, float64(times)) >= rare:
		return Chance
	}
	return ""
}

// share returns the part of the requests that see an outcome; 0 where the caller decides.
func share(o explain.Outcome) float64 {
	if o.Share == nil {
		return 1
	}
	return *o.Share
}

// always reports whether the caller saw the same each time. Outcomes can differ in what the proxies logged alone.
func (r Request) always() bool {
	return !slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return r.seen(o) != r.seen(r.Outcomes[0]) })
}

// reached reports whether a backend took one of the requests. An address tells nothing of the pod behind it.
func (r Request) reached(b flow.Backend) bool {
	return b.Name == "" || slices.ContainsFunc(r.Outcomes, func(o Outcome) bool {
		pod := r.seen(o).pod
		return pod == "" || pod == b.Name+"."+b.Namespace
	})
}
