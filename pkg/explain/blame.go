package explain

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// completed adds to the causes of an outcome those that would bring it about without the others: a mesh-wide STRICT behind a namespace's,
// a second DENY policy. With all causes gone the answer is another one; where that cannot be reached, they stay as they were found.
func completed(s *mesh.Snapshot, q *flow.Request, o flow.Outcome) []flow.Responsible {
	const rounds = 4
	by := o.By
	for range rounds {
		causes := refs(by, flow.Cause)
		if len(causes) == 0 {
			return by
		}
		less, ask, ok := Without(s, q, causes)
		if !ok {
			return by
		}
		v := verdict.Decide(resolve.Run(less, ask))
		again := slices.IndexFunc(v.Outcomes, func(x flow.Outcome) bool {
			return x.Kind == o.Kind && x.Status == o.Status && x.Reason == o.Reason
		})
		if again < 0 || !v.Settled {
			return by
		}
		more := 0
		known := map[mesh.Ref]bool{}
		for _, r := range causes {
			known[r] = true
		}
		by = slices.Clone(by)
		for _, r := range v.Outcomes[again].By {
			if r.Role == flow.Cause && !known[r.Ref] {
				known[r.Ref], by = true, append(by, r)
				more++
			}
		}
		if more == 0 {
			return by
		}
	}
	return by
}

// behind are the proxies that the request does not get to, of which one would refuse it too if the causes were gone: each with the rows that say
// so.
func behind(s *mesh.Snapshot, q *flow.Request, causes []mesh.Ref, seen []Hop, r *redactor) []Hop {
	less, ask, ok := Without(s, q, causes)
	if !ok {
		return nil
	}
	var out []Hop
	for _, h := range hops(resolve.Run(less, ask), r) {
		if slices.ContainsFunc(seen, func(x Hop) bool { return x.Proxy == h.Proxy && x.Role == h.Role }) {
			continue
		}
		h.Stages = slices.DeleteFunc(h.Stages, func(x Stage) bool { return x.Effect != flow.Rejected })
		for i := range h.Stages {
			h.Stages[i].Also = true
		}
		if len(h.Stages) > 0 {
			out = append(out, h)
		}
	}
	return out
}

func refs(by []flow.Responsible, role flow.Part) []mesh.Ref {
	var out []mesh.Ref
	for _, r := range by {
		if r.Role == role {
			out = append(out, r.Ref)
		}
	}
	return out
}

// Without takes resources away and returns the question as it stands then; it is not ok where nothing of them can be taken away without
// taking the question away with it.
func Without(s *mesh.Snapshot, q *flow.Request, away []mesh.Ref) (*mesh.Snapshot, *flow.Request, bool) {
	if q.Source != nil {
		away = slices.DeleteFunc(slices.Clone(away), func(r mesh.Ref) bool { return r == mesh.PodRef(q.Source) })
	}
	less, ok := s.Without(away...)
	if !ok {
		return nil, nil, false
	}
	ask, ok := askIn(less, q)
	return less, ask, ok
}

// askIn is a question put to another snapshot; it is not ok where the pod that sends is not there.
func askIn(s *mesh.Snapshot, q *flow.Request) (*flow.Request, bool) {
	ask := *q
	if q.Source == nil {
		return &ask, true
	}
	var ok bool
	ask.Source, ok, _ = s.Pods.Get(q.Source.Namespace, q.Source.Name)
	return &ask, ok
}
