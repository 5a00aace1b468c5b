package flow

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// UniqueGaps returns gaps in their order, each once.
func UniqueGaps(gaps []mesh.Gap) []mesh.Gap {
	var out []mesh.Gap
	for _, g := range gaps {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// Verdict is what the caller gets.
type Verdict struct {
	Outcomes []Outcome
	Settled  bool          // nothing that is unknown could change the outcomes
	Gaps     []mesh.Gap    // what could, where it is not settled
	Presumes []Presumption // what the outcomes take for granted
}

// Unseen hands a flow on without a row in the table.
func Unseen(f Flow) Result { return passing(Silent, f) }

// UniqueCandidates returns candidates in their order, the first of each object or part.
func UniqueCandidates(list []Candidate) []Candidate {
	seen := map[mesh.Ref]bool{}
	var out []Candidate
	for _, c := range list {
		if !seen[c.Ref] {
			seen[c.Ref] = true
			out = append(out, c)
		}
	}
	return out
}

// Stage is one rule of a proxy.
type Stage struct {
	Name    string
	Run     func(*mesh.Snapshot, Flow) Result
	Cluster bool // works on the cluster as it is, not as the proxy's control plane sees it
	Filter  bool // is evaluated behind a rejection too, so that everything that would refuse the request is shown

	Ends string // what the row is called with which a branch of it ends; empty for a stage whose branches all go on
}

// Result is all that a stage found. Pass, Routing, NothingApplies, Unseen and End make one. Whether the request ends with it is said by Reject
// and the methods beside that, so that a row never says more than what the verdict is made of.
type Result struct {
	Stage      string   // set by the walk: stages do not name themselves
	Passing    Effect   // how it bears on a request that it lets pass; empty for a stage that has nothing to do with the request
	Resource   mesh.Ref // the object that decides here, if one does
	Reason     Reason   // why it rejects; empty where it does not
	Args       []string // values for the catalogue's sentence, in the order that the reason or the note asks for
	Note       Note     // what else is worth knowing of how it passed
	Candidates []Candidate
	Gaps       []mesh.Gap
	Notes      []Finding
	Presumes   []Presumption // what the stage takes for granted where it lets the request pass

	ending   ending    // whether the request ends here, and with what
	Aside    []Outcome // what comes of the request if what is presumed does not hold
	Response *Response // from here on answers come back through this proxy; nil for no change
	Next     []Branch

	Senders *rbac.SenderRules // of policies: what they compared of the sender; nil of other stages
}

// Effect is what a stage does to the request, in a word.
type Effect string

// The effects.
const (
	Passes   Effect = "ok"
	Rejected Effect = "rejects"
	Maybe    Effect = "unknown"
	Routes   Effect = "routes"
	Idle     Effect = "idle"   // nothing applies
	Silent   Effect = "silent" // changes the flow, and is not worth a row
)

// Effect is what the stage does to the request, in a word. It follows from whether the request ends here, and from whether the way on is known,
// so that no row says more than the verdict rests on.
func (r *Result) Effect() Effect {
	switch {
	case r.ending.is == evidence.True && r.ending.outcome.Kind == Reaches:
		return r.Passing // the end of the way
	case r.ending.is == evidence.True:
		return Rejected
	case r.ending.is.IsUnknown(), len(r.Next) > 1 && r.Next[0].Share == 0:
		return Maybe
	}
	return r.Passing
}

// Branch is a way on, or one that ends. A stage with several of them splits the request: by shares where the mesh chooses, else because we do not
// know.
type Branch struct {
	Flow  Flow
	Share float64 // 0 where we do not know which it is
	End   *Result // with which the request ends on this way, in a row of its own; nil for a way that goes on
}

// Candidate is an object or a part of one that a stage looked at.
type Candidate struct {
	Ref     mesh.Ref
	Applies bool
	Why     precedence.LossReason
	By      mesh.Ref     // the object that beats it
	Matches evidence.Tri // of something that matches requests
	Checks  []evidence.Check
}

// Pass is a stage's result that changes nothing but the flow.
func Pass(f Flow) Result { return passing(Passes, f) }

// Routing is the result of a stage that chooses where the request goes.
func Routing(f Flow) Result { return passing(Routes, f) }

// NothingApplies is the result of a stage that has nothing to say.
func NothingApplies(f Flow) Result { return passing(Idle, f) }

func passing(e Effect, f Flow) Result {
	return Result{Passing: e, ending: ending{is: evidence.False}, Next: []Branch{{Flow: f, Share: 1}}}
}

// End is the result of a stage at which every request ends; otherwise is what others may see in place of the outcome.
func End(o Outcome, otherwise ...Outcome) Result {
	r := Result{Passing: Passes}
	r.Reject(o, otherwise...)
	return r
}

// Candidates turns a selection's objects into candidates.
func Candidates(list []precedence.Considered) []Candidate {
	out := make([]Candidate, len(list))
	for i, c := range list {
		out[i] = Candidate{Ref: c.Ref, Applies: c.Applies, Why: c.Why, By: c.By}
	}
	return out
}

// Split makes branches of equal share.
func Split(flows []Flow) []Branch {
	out := make([]Branch, len(flows))
	for i, f := range flows {
		out[i] = Branch{Flow: f, Share: 1 / float64(len(flows))}
	}
	return out
}
