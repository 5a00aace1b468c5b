package flow

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// An ending is whether requests end at a stage, and with what. Its zero value settles nothing.
type ending struct {
	is        evidence.Tri
	outcome   Outcome
	otherwise []Outcome
}

// Rejects reports whether the request ends here.
func (r *Result) Rejects() evidence.Tri { return r.ending.is }

// Outcome is what the request ends with, if it ends here.
func (r *Result) Outcome() Outcome { return r.ending.outcome }

// Otherwise lists what else the request could end with here, where that is not known.
func (r *Result) Otherwise() []Outcome { return r.ending.otherwise }

// Reject ends the request with an outcome; otherwise is what others may see in its place. The row has the outcome's reason, and its arguments.
func (r *Result) Reject(o Outcome, otherwise ...Outcome) { r.ends(evidence.True, o, otherwise) }

// MayReject says that the request may end here, and that nobody knows whether it does; the gaps of the result tell why.
func (r *Result) MayReject(o Outcome, otherwise ...Outcome) { r.ends(evidence.Unknown, o, otherwise) }

// MayAlsoReject adds an outcome to those that the request may end with here.
func (r *Result) MayAlsoReject(o Outcome, otherwise ...Outcome) {
	if e := r.ending; e.is == evidence.False || e.outcome.Kind == "" && e.outcome.Failure == NoFailure {
		r.MayReject(o, slices.Concat(otherwise, e.otherwise)...)
		return
	}
	r.OrElse(append([]Outcome{o}, otherwise...)...)
}

// OrElse adds what else the request could end with here.
func (r *Result) OrElse(outcomes ...Outcome) {
	r.ending.otherwise = append(slices.Clip(r.ending.otherwise), outcomes...)
}

// Doubt says of a request that ends here that this is not certain, for some gaps.
func (r *Result) Doubt(gaps ...mesh.Gap) {
	r.ending.is = evidence.Unknown
	r.Gaps = append(r.Gaps, gaps...)
}

func (r *Result) ends(is evidence.Tri, o Outcome, otherwise []Outcome) {
	r.ending = ending{is, o, otherwise}
	r.Reason = o.Reason
	if o.Args != nil {
		r.Args = o.Args
	}
}
