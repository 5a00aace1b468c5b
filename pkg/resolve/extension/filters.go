package extension

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Run is what a stage does.
type Run = func(*mesh.Snapshot, flow.Flow) flow.Result

// barriers are istiod's own filters that have stages of their own: what stands before one of them in the chain comes before its stage.
var barriers = []envoyfilter.Own{envoyfilter.OwnCustom, envoyfilter.OwnJWT, envoyfilter.OwnAudit, envoyfilter.OwnDeny, envoyfilter.OwnAllow, envoyfilter.OwnRouter}

// Before runs the HTTP filters of extensions that stand between one of istiod's own filters and the one before it.
func Before(own envoyfilter.Own) Run {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result {
		if f.Extended == nil || f.NotIntercepted || !f.L7 {
			return flow.Result{}
		}
		w := walk{s: s, f: f, r: flow.Unseen(f)}
		if own == envoyfilter.OwnRouter {
			w.behind = routeFilters(s, f)
		}
		passed := false
		for _, x := range between(f.Extended.Filters, own) {
			passed = passed || x.Own == envoyfilter.OwnFault
			if w.filter(f.Extended.Patches.Discovered(x), passed) {
				return w.r
			}
		}
		if len(w.r.Candidates) == 0 {
			return flow.Result{}
		}
		if len(w.r.Next) > 0 {
			w.r.Next[0].Flow = w.f
		}
		return w.r
	}
}

// between are the filters of a chain whose next barrier is one of istiod's own filters.
func between(chain []envoyfilter.Filter, own envoyfilter.Own) []envoyfilter.Filter {
	end := slices.IndexFunc(chain, func(x envoyfilter.Filter) bool { return x.Own == own })
	if end < 0 {
		return nil
	}
	begin := end
	for begin > 0 && !slices.Contains(barriers, chain[begin-1].Own) {
		begin--
	}
	return chain[begin:end]
}

// walk goes along the filters of a place.
type walk struct {
	s      *mesh.Snapshot
	f      flow.Flow
	r      flow.Result
	behind ownFilters
}

// filter adds what a filter does to the request; it reports whether the way ends there in any case. passed tells that it stands behind
// istiod's own filter of faults.
func (w *walk) filter(x envoyfilter.Filter, passed bool) (ends bool) {
	e, by := w.effect(x)
	if len(by) == 0 {
		return false
	}
	c := flow.Candidate{Ref: by[0], Applies: true}
	if e.Harmless() {
		w.r.Candidates = append(w.r.Candidates, c)
		return false
	}
	sure := x.Sure()
	if passed && w.behind.answers == evidence.True {
		return false // what istiod's own filters answer before it
	}
	if passed && w.behind.answers.IsUnknown() {
		sure = evidence.Unknown
	}
	w.r.Candidates = append(w.r.Candidates, c)
	w.r.Passing, w.r.Resource = flow.Passes, by[0]
	switch {
	case e.Free:
		w.f.Message = w.f.Message.Hide(true, nil, by...)
		free(&w.r, w.f, likely(w.f, x), by[0])
		w.unfetched(x)
	case e.Ends == effect.UnderLoad || e.Ends == effect.LargeBody:
		presume(&w.r, w.f, e, by[0])
	case e.Ends == effect.Always && sure == evidence.True && (e.Share == 0 || e.Share >= 1):
		w.r = stop(w.r, w.outcome(e.Answers[0], by[0]), by[0])
		return true
	case e.Ends != effect.Never:
		for _, a := range e.Answers {
			o := w.outcome(a, by[0])
			o.Args, o.DependsOn = dependsOn(e), e.Depends
			may(&w.r, o, by[0])
		}
	}
	w.headers(e, sure, by)
	if e.BackFree {
		may(&w.r, flow.Outcome{Kind: flow.Answered, Reason: flow.Unmodelled, By: flow.By(flow.Cause, by[0])}, by[0])
	}
	if e.Delay > 0 {
		w.f.Delay += e.Delay
		w.f.DelayedBy = by[0]
	}
	return false
}

// unfetched tells what becomes of requests where the module of a plugin could not be fetched.
func (w *walk) unfetched(x envoyfilter.Filter) {
	if x.Own != envoyfilter.OwnExtension {
		return
	}
	e := w.f.Extended.Plugins[x.Extension]
	answers := pluginAnswers(w.f, e)
	if len(answers) == 0 || answers[0].GRPC != 0 || e.Local() {
		return
	}
	w.r.Notes = append(w.r.Notes, flow.Finding{Code: flow.NoteExtensionUnfetched, Resource: e.Ref, Args: []string{strconv.Itoa(answers[0].Status), answers[0].Details}})
}

// effect is what a filter does, and who is responsible for that; nobody for a filter of istiod's own that nothing touches.
func (w *walk) effect(x envoyfilter.Filter) (effect.Effect, []mesh.Ref) {
	q := x.Effective()
	config, by := w.f.Extended.PerRoute(x.Name)
	if config != nil {
		q.RouteType, q.Route = config.Unwrap()
	}
	responsible := slices.Concat(refs([]*envoyfilter.Patch{x.By}), refs(x.Merged), refs(by))
	a := around(w.s, w.f)
	a.Metadata = true
	switch {
	case x.Own == envoyfilter.OwnExtension:
		e := w.f.Extended.Plugins[x.Extension]
		return pluginEffect(e, requestOf(w.f)), []mesh.Ref{e.Ref}
	case x.By != nil, x.Own == envoyfilter.OwnFault && len(responsible) > 0:
		return effect.HTTP(q, requestOf(w.f), a), responsible
	case x.Own != "" && len(x.Merged) > 0:
		return ownMerged(x), responsible
	}
	return effect.Effect{}, nil
}

// routerFields are those of the router that only tell of requests.
var routerFields = effect.Fields{"dynamic_stats": effect.Nothing, "start_child_span": effect.Nothing, "upstream_log": effect.Nothing, "upstream_log_options": effect.Nothing,
	"suppress_envoy_headers": effect.Nothing, "suppress_grpc_request_failure_code_stats": effect.Nothing, "respect_expected_rq_timeout": effect.SlowOnly}

// ownMerged is what comes of a patch that is merged into a filter of istiod's own.
func ownMerged(x envoyfilter.Filter) effect.Effect {
	switch {
	case len(x.Config.Fields()) == 0, x.Own == envoyfilter.OwnCORS, x.Own == envoyfilter.OwnOther:
		return effect.Effect{}
	case x.Own == envoyfilter.OwnRouter && !routerFields.Any(x.Config, effect.Anything):
		return effect.Effect{}
	}
	return effect.Effect{Free: true}
}

// dependsOn is the argument of the sentence on what a filter may do: what that depends on, if it is known.
func dependsOn(e effect.Effect) []string {
	if len(e.Depends) == 0 {
		return nil
	}
	return []string{several(e.Depends)}
}

// outcome is an answer of a filter's.
func (w *walk) outcome(a effect.Answer, by mesh.Ref) flow.Outcome { return answered(w.f, a, by) }

func answered(f flow.Flow, a effect.Answer, by mesh.Ref) flow.Outcome {
	o := f.Replies(a.Status, flow.ExtensionAnswers, a.Details, a.Flags...)
	if o.GRPC == 0 {
		o.Body = a.Body
	}
	o.Location, o.By = a.Location, flow.By(flow.Cause, by)
	return o
}

// headers changes the request as a filter does. Where the proxy does not choose the route again, it goes by the request as it came.
func (w *walk) headers(e effect.Effect, sure evidence.Tri, by []mesh.Ref) {
	if len(e.Writes) == 0 && len(e.Hides) == 0 && !e.HidesAll {
		return
	}
	came := w.f.Message
	for _, x := range e.Writes {
		if sure != evidence.True {
			e.Hides = append(e.Hides, x.Name)
			continue
		}
		w.f.Message = written(w.f.Message, x)
		if (x.Name == ":path" || x.Name == ":authority" || x.Name == ":method") && w.r.Reason == "" {
			w.r.Note, w.r.Args = flow.NoteExtensionRewrites, []string{x.Name, x.Value}
		}
	}
	if len(e.Hides) > 0 || e.HidesAll {
		w.f.Message = w.f.Message.Hide(e.HidesAll, e.Hides, by...)
	}
	if w.r.Note == "" {
		w.r.Note = flow.NoteExtensionHeaders
	}
	switch {
	case e.Reroutes:
		w.f.RoutedBy = nil
	case w.f.RoutedBy == nil:
		w.f.RoutedBy = &came
	}
}

// written is the message behind a write.
func written(m flow.Message, w effect.Write) flow.Message {
	switch w.Name {
	case ":path", ":authority", ":method", "host":
		if w.Op == "remove" {
			return m
		}
		switch w.Name {
		case ":path":
			m.Path = w.Value
		case ":method":
			m.Method = w.Value
		default:
			m.Authority = w.Value
		}
		return m
	}
	_, has := m.Headers.Get(w.Name)
	switch {
	case w.If == "absent" && has, w.If == "present" && !has:
	case w.Op == "remove":
		m.Headers = m.Headers.Without(w.Name)
	case w.Op == "replace":
		m.Headers = m.Headers.Set(w.Name, w.Value)
	default:
		m.Headers = m.Headers.Add(w.Name, w.Value)
	}
	return m
}

// likely are the answers that a filter which can do anything is likeliest to give.
func likely(f flow.Flow, x envoyfilter.Filter) []flow.Outcome {
	if x.Own == envoyfilter.OwnExtension {
		return pluginAnswers(f, f.Extended.Plugins[x.Extension])
	}
	var out []flow.Outcome
	for _, a := range effect.Likely(x.Effective()) {
		out = append(out, f.Replies(a.Status, flow.Unmodelled, a.Details, a.Flags...))
	}
	return out
}

// presume lets a request pass that a filter refuses under a condition which is presumed not to hold, and puts what it gets then aside.
func presume(r *flow.Result, f flow.Flow, e effect.Effect, by mesh.Ref) {
	code := flow.PresumesNoLoad
	if e.Ends == effect.LargeBody {
		code = flow.PresumesSmallBody
	}
	status := ""
	for _, a := range e.Answers {
		r.Aside = append(r.Aside, aside(answered(f, a, by)))
		if status != "" {
			status += " or "
		}
		status += strconv.Itoa(a.Status)
	}
	if len(e.Answers) == 0 {
		r.Aside = append(r.Aside, aside(f.Cut(flow.Outcome{Failure: flow.Terminated, Reason: flow.ExtensionMayAnswer, By: flow.By(flow.Cause, by)})))
	}
	if r.Passing == flow.Silent {
		r.Passing, r.Resource = flow.Passes, by
	}
	if r.Note == "" {
		r.Note, r.Args = flow.NoteExtensionMayAnswer, []string{status}
	}
	r.Presumes = append(r.Presumes, flow.Presumption{Code: code, Resource: by.Object(), Args: []string{by.Object().String(), status}})
}

func aside(o flow.Outcome) flow.Outcome {
	o.Reason = flow.ExtensionMayAnswer
	return o
}
