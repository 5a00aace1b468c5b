package application

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Application is the end of the way: whether somebody listens, and whether they speak what arrives. What the resources say of that is read,
// what the question or the owner's resources imply is presumed, and what neither does leaves the answer open.
func Application(s *mesh.Snapshot, f flow.Flow) flow.Result {
	a := destinationApp(f, s)
	o, might, conditions := a.outcomes(f)
	o.If = conditions
	r := flow.End(o, might...)
	r.Resource, r.Candidates = a.ref, a.candidates
	for _, x := range conditions {
		gap := mesh.Gap{Kind: x.Resource.Kind, Namespace: x.Resource.Namespace, Cause: mesh.External, Resource: x.Resource}
		if x.Resource.IsZero() {
			gap.Kind, gap.Detail = a.ref.Kind, f.Dial.Name
		}
		r.Gaps = append(r.Gaps, gap)
	}
	r.Presumes = flow.PresumesPod(f.Pod)
	if len(conditions) == 0 {
		granted, aside := a.granted(f, o)
		r.Presumes, r.Aside = append(r.Presumes, granted...), aside
	}
	if i := slices.IndexFunc(conditions, func(x flow.Presumption) bool { return x.Code == flow.IfListens }); i >= 0 {
		r.Notes = []flow.Finding{{Code: flow.NotePortUndeclared, Resource: a.ref, Args: conditions[i].Args[:1]}}
	}
	if o.Kind == flow.Reaches {
		r.Reason, r.Note, r.Args = "", flow.NoteReached, []string{strconv.Itoa(f.Wire.Port)}
	}
	if len(r.Gaps) > 0 {
		r.Doubt() // the application's side is not known
	}
	return r
}

// A program is what a destination's program does, as one supposes.
type program struct {
	listens bool
	tls     bool
	trusted bool // the client accepts its certificate
}

// supposition is something of a program that no resource says outright.
type supposition struct {
	of   func(*program) *bool
	when [2]flow.Presumption // what is supposed where it does not hold, and where it does
}

func (x supposition) otherwise(p program) program {
	v := x.of(&p)
	*v = !*v
	return p
}

// said is the supposition in the catalogue's words, as far as it holds for a program.
func (x supposition) said(p program) flow.Presumption {
	if *x.of(&p) {
		return x.when[1]
	}
	return x.when[0]
}

// outcomes are what comes of the request: where some of it depends on what nobody knows, the way that gets furthest, on what conditions it is
// that, and what it could be instead.
func (a *app) outcomes(f flow.Flow) (o flow.Outcome, might []flow.Outcome, conditions []flow.Presumption) {
	worlds := []program{a.is}
	for _, x := range a.unknown {
		for _, w := range worlds {
			worlds = append(worlds, x.otherwise(w))
		}
	}
	best := a.is
	for _, w := range worlds {
		if heard(f, a, best).Kind != flow.Reaches && heard(f, a, w).Kind == flow.Reaches {
			best = w
		}
	}
	o = heard(f, a, best)
	for _, w := range worlds {
		x := heard(f, a, w)
		if !same(x, o) && !slices.ContainsFunc(might, func(y flow.Outcome) bool { return same(x, y) }) {
			might = append(might, x)
		}
	}
	for _, x := range a.unknown {
		if !same(heard(f, a, x.otherwise(best)), o) {
			conditions = append(conditions, x.said(best))
		}
	}
	if len(conditions) == 0 {
		might = nil
	}
	return o, might, conditions
}

// granted are the presumptions that an outcome rests on, and what comes of the request where they do not hold: a host outside does not answer, or
// the program does not speak TLS.
func (a *app) granted(f flow.Flow, o flow.Outcome) (list []flow.Presumption, aside []flow.Outcome) {
	for _, x := range a.presumed {
		other := heard(f, a, x.otherwise(a.is))
		if same(other, o) {
			continue
		}
		p := x.said(a.is)
		list = append(list, p)
		if p.Code == flow.PresumesOutside || p.Code == flow.PresumesTLS {
			aside = append(aside, other)
		}
	}
	return list, aside
}

func same(a, b flow.Outcome) bool {
	return a.Kind == b.Kind && a.Failure == b.Failure && a.CurlExit == b.CurlExit && a.Status == b.Status && a.Reason == b.Reason
}
