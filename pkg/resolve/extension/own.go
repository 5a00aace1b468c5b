package extension

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Own is the stage of one of istiod's own filters, with what extensions make of the filter: they may have taken it out of the chain, have it
// switched off or configured otherwise by the route, or merge into it. Where the proxy has kept what it had, the stage goes by the objects
// of then.
func Own(own envoyfilter.Own, stage Run) Run {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result {
		x := f.Extended
		if x == nil || f.NotIntercepted {
			return stage(s, f)
		}
		if !f.AsOf.IsZero() {
			s = s.Before(f.AsOf)
		}
		for _, gone := range x.Removed {
			if gone.Filter.Own == own {
				return removed(s, f, stage, gone.By)
			}
		}
		i := slices.IndexFunc(x.Filters, func(y envoyfilter.Filter) bool { return y.Own == own })
		if i < 0 || !f.L7 {
			return stage(s, f)
		}
		if config, by := x.PerRoute(x.Filters[i].Name); config != nil && (x.Filters[i].Name == rbacFilter || x.Filters[i].Name == jwtFilter) {
			return overridden(s, f, stage, x.Filters[i], by)
		}
		if len(x.Filters[i].Merged) > 0 {
			return mergedInto(s, f, stage, x.Filters[i])
		}
		return stage(s, f)
	}
}

const (
	rbacFilter = "envoy.filters.http.rbac"
	jwtFilter  = "envoy.filters.http.jwt_authn"
)

// removed passes the request by a filter that is not there. It tells what the filter would have done.
func removed(s *mesh.Snapshot, f flow.Flow, stage Run, by *envoyfilter.Patch) flow.Result {
	would := stage(s, f)
	if would.Passing == "" || would.Effect() == flow.Idle {
		return would
	}
	f.Token.Known = evidence.True
	if by.Sure != evidence.True {
		return perhapsOff(would, f, by.Ref)
	}
	r := flow.Pass(f)
	r.Note, r.Resource = flow.NoteExtensionRemoves, by.Ref
	r.Candidates = append([]flow.Candidate{{Ref: by.Ref, Applies: true}}, bypassed(would.Candidates, by.Ref)...)
	for _, c := range would.Candidates {
		if c.Applies {
			r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionRemovesPolicy, Resource: by.Ref, Args: []string{string(c.Ref.Object().Kind) + " " + c.Ref.Object().ID()}})
			break
		}
	}
	return r
}

// bypassed are the candidates of a filter that is not there: none of them applies.
func bypassed(list []flow.Candidate, by mesh.Ref) []flow.Candidate {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Applies {
			out[i].Applies, out[i].Why, out[i].By = false, filterGone, by
		}
	}
	return out
}

// perhapsOff is a stage of which it is not known whether it is there.
func perhapsOff(would flow.Result, f flow.Flow, by mesh.Ref) flow.Result {
	if would.Rejects() == evidence.False {
		return would
	}
	would.Doubt()
	would.Passing = flow.Passes
	if len(would.Next) == 0 {
		would.Next = []flow.Branch{{Flow: f, Share: 1}}
	}
	unknown(&would, by)
	return would
}

// overridden: the route carries a configuration for filters of the name, which takes the place of theirs.
func overridden(s *mesh.Snapshot, f flow.Flow, stage Run, x envoyfilter.Filter, by []*envoyfilter.Patch) flow.Result {
	q := x.Effective()
	config, _ := f.Extended.PerRoute(x.Name)
	q.RouteType, q.Route = config.Unwrap()
	would := stage(s, f)
	if len(by) == 0 || would.Passing == "" {
		return would
	}
	last := by[len(by)-1]
	e := effect.HTTP(q, requestOf(f), around(s, f))
	if x.Name == jwtFilter && !q.Route.Flag("disabled") {
		e.Free = true // a requirement of istiod's own, by a name that nobody is told
	}
	f.Token.Known = evidence.True
	w := walk{s: s, f: f, r: flow.Pass(f)}
	w.r.Note, w.r.Resource = flow.NoteExtensionRemoves, last.Ref
	w.r.Candidates = append([]flow.Candidate{{Ref: last.Ref, Applies: true}}, bypassed(would.Candidates, last.Ref)...)
	switch {
	case last.Sure != evidence.True:
		return perhapsOff(would, f, last.Ref)
	case e.Free:
		return perhapsOff(would, f, last.Ref)
	case e.Ends == effect.Always:
		return stop(w.r, answered(f, e.Answers[0], last.Ref), last.Ref)
	case e.Ends == effect.Perhaps:
		for _, a := range e.Answers {
			may(&w.r, answered(f, a, last.Ref), last.Ref)
		}
	default:
		w.r.Notes = append(w.r.Notes, flow.Finding{Code: flow.NoteExtensionRemovesPolicy, Resource: last.Ref, Args: []string{x.Name}})
	}
	return w.r
}

// mergedInto: a patch is merged into the configuration of one of istiod's own filters.
func mergedInto(s *mesh.Snapshot, f flow.Flow, stage Run, x envoyfilter.Filter) flow.Result {
	last := x.Merged[len(x.Merged)-1]
	fields := x.Config.Fields()
	if x.Own == envoyfilter.OwnJWT && len(fields) == 1 && fields[0] == "bypass_cors_preflight" {
		if envoy.Preflight(f.Message.Method, f.Message.Headers) {
			return removed(s, f, stage, last)
		}
		return stage(s, f)
	}
	r := stage(s, f)
	if len(fields) == 0 || r.Passing == "" {
		return r
	}
	if r.Rejects() == evidence.True {
		return perhapsOff(r, f, last.Ref)
	}
	free(&r, f, nil, last.Ref)
	return r
}
