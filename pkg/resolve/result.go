package resolve

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Stage is one rule of a proxy.
type Stage struct {
	Name    string
	Run     func(*mesh.Snapshot, Flow) Result
	Cluster bool // works on the cluster as it is, not as the proxy's control plane sees it
}

// Result is all that a stage found.
type Result struct {
	Stage      string   // set by the walk: stages do not name themselves
	Effect     Effect   // how the stage bears on the request
	Resource   mesh.Ref // the object that decides here, if one does
	Reason     Reason   // why it rejects; empty where it does not
	Facts      []string // values for the catalogue's sentence, in the order that the reason or the note asks for
	Note       Note     // what else is worth knowing of how it passed
	Candidates []Candidate
	Gaps       []mesh.Gap
	Notes      []Finding

	Rejects Tri       // whether the request ends here
	With    Outcome   // what it ends with if it does
	Might   []Outcome // what else it could end with, where that is not known
	Relay   Relay     // from here on answers come back through this proxy
	Next    []Branch

	asked *asking // what policies compared of the sender
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

// Branch is a way on. A stage with several of them splits the request: by shares where the mesh chooses, else because we do not know.
type Branch struct {
	Flow  Flow
	Share float64 // 0 where we do not know which it is
}

// Candidate is an object or a part of one that a stage looked at.
type Candidate struct {
	Ref     mesh.Ref
	Applies bool
	Why     precedence.Why
	By      mesh.Ref // the object that beats it
	Matches Tri      // of something that matches requests
	Checks  []Check
}

// Check is one comparison, and what came of it.
type Check struct {
	*Comparison
	Got string // as the request has it; empty with Absent where it has none
	Is  Tri
}

// Comparison is what an object wants of a request, the same for all requests.
type Comparison struct {
	Field string   // the field's path within the candidate's object
	Key   string   // what a condition compares, where the field does not say it: request.headers[x-team]
	Want  []string // as the object has it
}

// Note is a code for how a stage passed, with a sentence in the catalogue.
type Note string

// Finding is something beside the verdict that is worth knowing.
type Finding struct {
	Code     Note
	Resource mesh.Ref
	Facts    []string
}

// passes is a stage's result that changes nothing but the flow.
func passes(f Flow) Result {
	return Result{Effect: Passes, Rejects: False, Next: []Branch{{Flow: f, Share: 1}}}
}

// idle is the result of a stage that has nothing to say.
func idle(f Flow) Result {
	r := passes(f)
	r.Effect = Idle
	return r
}

// ends is the result of a stage at which every request ends.
func ends(o Outcome) Result {
	return Result{Effect: Rejected, Reason: o.Reason, Facts: o.Facts, Rejects: True, With: o}
}

// candidates turns a selection's objects into candidates.
func candidates(list []precedence.Considered) []Candidate {
	out := make([]Candidate, len(list))
	for i, c := range list {
		out[i] = Candidate{Ref: c.Ref, Applies: c.Applies, Why: c.Why, By: c.By}
	}
	return out
}

// split makes branches of equal share.
func split(flows []Flow) []Branch {
	out := make([]Branch, len(flows))
	for i, f := range flows {
		out[i] = Branch{f, 1 / float64(len(flows))}
	}
	return out
}
