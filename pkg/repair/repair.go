package repair

import (
	"cmp"
	"slices"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Confirmation tells that an outcome is due to a resource: without it the request gets something else.
type Confirmation struct {
	Resource mesh.Ref
	After    flow.Verdict
	Reach    reach.Reach // what else would open
}

// Advice is what mends a request. Changes of the client and of the request come first, then changes of resources by their reach.
type Advice struct {
	Repairs   []Repair
	Confirmed []Confirmation
	Bounded   bool // further changes were not tried
}

// maxTried bounds the changes that are tried for a question.
const maxTried = 12

// Find returns what mends a request, of which root and v are the walk and the verdict. Of one that is not settled it returns what makes the
// unknown one way not matter.
func Find(s *mesh.Snapshot, q *flow.Request, root *flow.Node, v flow.Verdict) Advice {
	var out Advice
	m := reach.New(s, q, root)
	if !v.Settled {
		out.Repairs = (&incident{s: s, q: q, root: root, v: v}).settle(m)
		return out
	}
	tried := 0
	for _, o := range v.Outcomes {
		if o.Kind == flow.Reaches || o.Assumed || o.Share == 0 && o.Reason == flow.CallerGaveUp {
			continue // the verdict is settled: what is assumed is presumed not to come about
		}
		i := &incident{s: s, q: q, root: root, v: v, o: o}
		all := i.changes()
		if len(all) > maxTried-tried {
			all, out.Bounded = all[:maxTried-tried], true
		}
		tried += len(all)
		found := i.tryAll(all)
		if len(found) == 0 {
			found = i.tryAll(i.both(all))
		}
		for _, r := range needed(found) {
			if !slices.ContainsFunc(out.Repairs, r.same) {
				out.Repairs = append(out.Repairs, r)
			}
		}
		out.Confirmed = append(out.Confirmed, i.confirm(m)...)
	}
	kept := measured(s, v, m, out.Repairs)
	putWaypointsFirst(kept)
	out.Repairs = narrowest(kept)
	return out
}

// needed drops the repairs that are for want of a better one, where there is one.
func needed(list []Repair) []Repair {
	if !slices.ContainsFunc(list, func(r Repair) bool { return !r.Spare }) {
		return list
	}
	return slices.DeleteFunc(list, func(r Repair) bool { return r.Spare })
}

// measured works out the reach of repairs, and drops those that shut somebody out whom a rule was right to let in, or let in somebody who lacks
// what the request lacked.
func measured(s *mesh.Snapshot, v flow.Verdict, m *reach.Measure, repairs []Repair) []Repair {
	kept := repairs[:0]
	for _, r := range repairs {
		if r.resources() {
			after := r.Mesh(s)
			r.Reach = m.Of(after, r.touched())
			if r.Code == corrected && r.Reach.Closes() {
				continue // it was no mistake
			}
			if lacks := lackingAnywhere(v); lacks.Some() && !r.preflight && m.OpensToAnybody(after, lacks) {
				continue
			}
		}
		kept = append(kept, r)
	}
	return kept
}

// narrowest orders repairs: changes of the client and of the request first, then by their reach, stopgaps last. Of changes of policies that
// let in more than this request only those are kept that let in least.
func narrowest(list []Repair) []Repair {
	slices.SortStableFunc(list, func(a, b Repair) int {
		return cmp.Or(order(a.Last, b.Last), order(b.Sender, a.Sender), cmp.Compare(a.Reach.Opened(), b.Reach.Opened()), cmp.Compare(a.Reach.Pairs(), b.Reach.Pairs()), cmp.Compare(len(a.Changed), len(b.Changed)))
	})
	least := -1
	var out []Repair
	for _, r := range list {
		if opening(r) && !slices.Contains([]string{corrected, selected, otherPort}, r.Code) {
			if n := r.Reach.Opened(); least < 0 {
				least = n
			} else if n > least {
				continue
			}
		}
		told := func(x Repair) bool { return x.Code == r.Code && slices.Equal(x.Args, r.Args) }
		if !slices.ContainsFunc(out, told) {
			out = append(out, r)
		}
	}
	return out
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// tryAll returns the changes that help.
func (i *incident) tryAll(all []Change) []Repair {
	var out []Repair
	for _, c := range all {
		if r, ok := i.try(c); ok {
			out = append(out, r)
		}
	}
	return out
}

// maxChanged bounds the objects of a change: one of more is nobody's next step.
const maxChanged = 20

// try asks again with a change.
func (i *incident) try(c Change) (Repair, bool) {
	s, q := i.s, i.q
	if len(c.Objects) > maxChanged {
		return Repair{}, false
	}
	s = c.Trial(s)
	if c.Request != nil {
		q = c.Request
	}
	after, ok := ask(s, q)
	if !ok || !better(i.v, after, i.o) {
		return Repair{}, false
	}
	r := Repair{Change: c, After: after}
	if len(c.Objects) > 0 && c.Command == "" {
		if r.Patch, r.Changed, r.Removed, ok = patch(i.s, c.Objects); !ok {
			return Repair{}, false
		}
	}
	return r, true
}

// ask puts a question to another snapshot. It is not ok where the pod that sends is not there.
func ask(s *mesh.Snapshot, q *flow.Request) (flow.Verdict, bool) {
	again := *q
	if q.Source != nil {
		pod, ok, _ := s.Pods.Get(q.Source.Namespace, q.Source.Name)
		if !ok {
			return flow.Verdict{}, false
		}
		again.Source = pod
	}
	_, v := resolve.Answer(s, &again)
	return v, true
}

// better reports whether an outcome is gone and more of the requests reach the application, or, for a request that a proxy is meant to
// answer, such as a preflight, get an answer that is no error.
func better(before, after flow.Verdict, o flow.Outcome) bool {
	same := func(x flow.Outcome) bool { return x.Kind == o.Kind && x.Status == o.Status && x.Reason == o.Reason }
	return after.Settled && len(after.Outcomes) > 0 && !slices.ContainsFunc(after.Outcomes, same) && reach.Served(after) > reach.Served(before)
}

// maxConfirmed bounds the causes that are confirmed: of a request that many resources refuse, each of which would do, few are enough.
const maxConfirmed = 8

// confirm tries to leave each cause out, one at a time. Many are tried in groups first: where leaving all of a group out does not help,
// neither does one of it.
func (i *incident) confirm(m *reach.Measure) []Confirmation {
	var causes []mesh.Ref
	seen := map[mesh.Ref]bool{}
	for _, r := range i.o.By {
		if at := r.Ref.Object(); r.Role == flow.Cause && droppable[r.Kind] && !seen[at] {
			seen[at], causes = true, append(causes, at)
		}
	}
	var less *mesh.Snapshot
	var after flow.Verdict
	helps := func(group []mesh.Ref) bool {
		var ok bool
		if less, ok = i.s.Drop(group...); !ok {
			return false
		}
		after, ok = ask(less, i.q)
		return ok && better(i.v, after, i.o)
	}
	var out []Confirmation
	for at := range evidence.Singles(causes, helps) {
		if out = append(out, Confirmation{Resource: at, After: after, Reach: m.Of(less, []mesh.Ref{at})}); len(out) == maxConfirmed {
			break
		}
	}
	return out
}

// droppable are the kinds that it makes sense to think away.
var droppable = map[mesh.Kind]bool{mesh.PeerAuthentication: true, mesh.RequestAuthentication: true, mesh.AuthorizationPolicy: true, mesh.DestinationRule: true,
	mesh.VirtualService: true, mesh.Sidecar: true, mesh.ServiceEntry: true, mesh.HTTPRoute: true, mesh.GRPCRoute: true,
	mesh.BackendTLSPolicy: true}
