package extension

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

type vhost = config.VirtualHost

// take is the flow on a route.
func (l looked) take(f flow.Flow, e envoyfilter.Entry) flow.Flow {
	p := &flow.Patched{Value: e.Value, Route: e.Set, Host: l.hosted.Set, Table: l.table.Set,
		By: slices.Concat(refs(e.Merged.By), refs(l.hosted.By), refs(l.table.By))}
	if e.By != nil {
		p.By = append([]mesh.Ref{e.By.Ref}, p.By...)
		f.Route = &flow.RouteChoice{Ref: e.By.Ref}
	} else if f.VHost != nil && len(l.own) > 0 {
		// Routes before this one do not take the request, whatever they would without patches.
		v := *f.VHost
		v.Routes = l.own[e.Index:]
		f.VHost = &v
		if e.Set.Has("match") {
			v.Routes = slices.Clone(v.Routes)
			v.Routes[0].Match = nil
		}
	}
	if e.Set != nil && (e.Set.Has("direct_response") || e.Set.Has("redirect")) && f.Route == nil && len(e.Merged.By) > 0 {
		f.Route = &flow.RouteChoice{Ref: last(e.Merged.By).Ref}
	}
	f.Patched = p
	return f
}

// described adds what the patches of a route do that the stages behind cannot tell of.
func described(r flow.Result, f flow.Flow, l looked) flow.Result {
	p := f.Patched
	heavy := func(t effect.Fields, m message.Message) bool { return t.Any(m, effect.Anything, effect.Refuses) }
	route, host := p.Route, p.Host
	if p.Value != nil {
		route = p.Value
	}
	if heavy(effect.RouteFields, route) || heavy(effect.ActionFields, route.At("route")) || heavy(effect.HostFields, host) || heavy(effect.TableFields, p.Table) {
		free(&r, f, nil, p.By...)
	}
	if envoy.Preflight(f.Message.Method, f.Message.Headers) && (route.At("route").Has("cors") || host.Has("cors")) {
		free(&r, f, []flow.Outcome{f.Replies(200, flow.Unmodelled, "cors_response")}, p.By...)
	}
	if unsure(l.hosted.Merged, effect.HostFields) || unsure(l.table, effect.TableFields) {
		unknown(&r, p.By...)
		may(&r, flow.Outcome{Kind: flow.Answered, Reason: flow.Unmodelled, By: flow.By(flow.Cause, p.By...)}, p.By[0])
	}
	if r.Passing != flow.Silent || len(p.By) == 0 {
		return r
	}
	switch left, from := leave(f).Message, f.Message; {
	case left.Path != from.Path:
		r.Passing, r.Resource, r.Note, r.Args = flow.Passes, p.By[0], flow.NoteExtensionRewrites, []string{":path", left.Path}
	case left.Authority != from.Authority:
		r.Passing, r.Resource, r.Note, r.Args = flow.Passes, p.By[0], flow.NoteExtensionRewrites, []string{":authority", left.Authority}
	case p.Value != nil:
		r.Passing, r.Resource, r.Note = flow.Routes, p.By[0], flow.NoteExtensionRoute
	case !slices.Equal(left.Headers, from.Headers) || len(left.Hidden.Names) > len(from.Hidden.Names):
		r.Passing, r.Resource, r.Note = flow.Passes, p.By[0], flow.NoteExtensionHeaders
	}
	return r
}

// unsure reports whether it is not known if something applies to this proxy that could change an answer.
func unsure(m envoyfilter.Merged, fields effect.Fields) bool {
	return slices.ContainsFunc(m.By, func(p *envoyfilter.Patch) bool {
		return p.Sure != evidence.True && fields.Any(p.Value, effect.Exact, effect.Anything, effect.Refuses)
	})
}

// Respond ends requests that the route of a patch answers, or that a patch makes a route answer, and fails those that it sends to a cluster
// which the proxy does not have.
func Respond(s *mesh.Snapshot, f flow.Flow) flow.Result {
	p := f.Patched
	if p == nil {
		return flow.Result{}
	}
	action, at := p.Value, mesh.Ref{}
	if action == nil {
		action = p.Route
	}
	if len(p.By) > 0 {
		at = p.By[0]
	}
	switch {
	case action.Has("direct_response"):
		d := action.At("direct_response")
		n, _ := d.Number("status")
		o := f.Replies(int(n), flow.DirectlyAnswered, "direct_response")
		o.By = flow.By(flow.Cause, at)
		if o.GRPC == 0 {
			o.Body = d.At("body").Text("inline_string")
		}
		return stop(flow.Pass(f), o, at)
	case action.Has("redirect"):
		o := f.Replies(redirectCode(action.At("redirect")), flow.Redirected, "direct_response")
		o.Location, o.By = redirectTo(f, action.At("redirect"), action.At("match")), flow.By(flow.Cause, at)
		o.Args = []string{o.Location}
		return stop(flow.Pass(f), o, at)
	case action.Has("route") || p.Value != nil:
		return send(s, f, action.At("route"), at)
	}
	return flow.Result{}
}

// send goes to the cluster that a patch names.
func send(s *mesh.Snapshot, f flow.Flow, action message.Message, at mesh.Ref) flow.Result {
	name := action.Text("cluster")
	switch {
	case name == "" && f.Patched.Value == nil:
		return flow.Result{}
	case name == "" || f.At.Role == flow.ServerSidecar && !strings.HasPrefix(name, "inbound|"+strconv.Itoa(f.Wire.Port)+"|"):
		r := flow.Pass(f)
		free(&r, f, nil, at)
		return r
	case f.At.Role == flow.ServerSidecar:
		return flow.Result{}
	case name == "PassthroughCluster":
		f.Passthrough = true
		f.Wire.Chosen, f.Wire.Why = at, flow.NotePassedThrough
		r := flow.Pass(f)
		r.Resource, r.Passing = at, flow.Routes
		return r
	}
	switch has := hasCluster(s, f, name); {
	case has == evidence.False:
		o := f.Replies(503, flow.ClusterRemoved, "cluster_not_found", "NC")
		o.By, o.Args = flow.By(flow.Cause, at), []string{name}
		return stop(flow.Pass(f), o, at)
	case has.IsUnknown():
		if part := strings.Split(name, "|"); len(part) == 4 && part[0] == "outbound" {
			p := *f.Patched
			p.Cluster = name
			f.Patched = &p
			r := flow.Pass(f)
			r.Passing, r.Resource, r.Note, r.Args = flow.Routes, at, flow.NoteExtensionCluster, []string{name}
			r.Candidates = []flow.Candidate{{Ref: at, Applies: true}}
			return r
		}
	}
	return flow.NotModelled(s, at) // a cluster of a patch's own
}

func redirectCode(m message.Message) int {
	return cmp.Or(map[string]int{"FOUND": 302, "SEE_OTHER": 303, "TEMPORARY_REDIRECT": 307, "PERMANENT_REDIRECT": 308}[m.Text("response_code")], 301)
}

// redirectTo is where a redirect points (Envoy, RouteEntryImplBase::newUri).
func redirectTo(f flow.Flow, m, match message.Message) string {
	scheme, host := f.SchemeHeader(), f.Message.Authority
	if m.Flag("https_redirect") {
		scheme = "https"
	}
	scheme, host = cmp.Or(m.Text("scheme_redirect"), scheme), cmp.Or(m.Text("host_redirect"), host)
	if n, ok := m.Number("port_redirect"); ok {
		host = config.StripPort(host) + ":" + strconv.Itoa(int(n))
	}
	path, query, has := strings.Cut(f.Message.Path, "?")
	switch {
	case m.Has("path_redirect"):
		path = m.Text("path_redirect")
		has = has && !strings.Contains(path, "?")
	case m.Has("prefix_rewrite"):
		path = m.Text("prefix_rewrite") + path[min(len(path), len(match.Text("prefix"))):]
	case m.Has("regex_rewrite"):
		path, _ = substituted(m.At("regex_rewrite"), path)
	}
	if has && !m.Flag("strip_query") {
		path += "?" + query
	}
	return scheme + "://" + host + path
}

// substituted is a path behind a RegexMatchAndSubstitute; one whose expression does not compile stays. It is not known where working it out takes
// too long.
func substituted(m message.Message, path string) (string, bool) {
	return envoy.ParseExpression(m.At("pattern").Text("regex")).Replace(path, m.Text("substitution"))
}

// Leaving is the stage at which a request leaves the proxy's routes, with what patches change in it: what they send on is what the next hop
// sees.
func Leaving(stage Run) Run {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result {
		r := stage(s, f)
		if f.Patched == nil || f.Passthrough {
			return r
		}
		for i := range r.Next {
			r.Next[i].Flow = leave(r.Next[i].Flow)
		}
		return r
	}
}

// leave changes a request as the patches of its route say.
func leave(f flow.Flow) flow.Flow {
	p := f.Patched
	route := p.Route
	if p.Value != nil {
		route = p.Value
	}
	for _, m := range []message.Message{route, p.Host, p.Table} {
		e := effect.Headers(m)
		for _, w := range e.Writes {
			f.Message = written(f.Message, w)
		}
		if len(e.Hides) > 0 {
			f.Message = f.Message.Hide(false, e.Hides, p.By...)
		}
	}
	action := route.At("route")
	path, query, has := strings.Cut(f.Message.Path, "?")
	switch {
	case action.Has("prefix_rewrite"):
		path = action.Text("prefix_rewrite") + path[min(len(path), len(prefixOf(f))):]
	case action.Has("regex_rewrite"):
		replaced, known := substituted(action.At("regex_rewrite"), path)
		if path = replaced; !known {
			f.Message = f.Message.Hide(false, []string{":path"}, p.By...)
		}
	}
	if has {
		path += "?" + query
	}
	f.Message.Path = path
	f.Message.Authority = cmp.Or(action.Text("host_rewrite_literal"), f.Message.Authority)
	f.Patched = nil
	return f
}

// prefixOf is what the route's match has of the path.
func prefixOf(f flow.Flow) string {
	if v := f.Patched.Value; v != nil {
		return cmp.Or(v.At("match").Text("prefix"), v.At("match").Text("path"))
	}
	if f.Route == nil || f.Route.Route == nil {
		return "/"
	}
	uri := f.Route.Route.Match.GetUri()
	return cmp.Or(uri.GetPrefix(), uri.GetExact(), "/")
}

// refusedRoutes: the proxy does not take the table of routes, and keeps the one that it had.
func refusedRoutes(s *mesh.Snapshot, f flow.Flow, r flow.Result, by *envoyfilter.Patch, why envoyfilter.Problem) flow.Result {
	r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionRefused, Resource: by.Ref, Args: problem(why)})
	if kept(s, f, by) && s.RoutesUnchanged(by.Created) {
		r.Presumes = append(r.Presumes, flow.Presumption{Code: flow.PresumesNothingDeleted, Resource: by.Ref.Object(), Args: []string{by.Ref.Object().String()}})
		return r
	}
	o, others := flow.Open(flow.Frozen)
	o.By = flow.By(flow.Cause, by.Ref)
	r.MayAlsoReject(o, others...)
	r.Doubt(mesh.Gap{Kind: by.Ref.Kind, Namespace: by.Ref.Namespace, Cause: mesh.Rejected, Resource: by.Ref})
	r.Passing, r.Reason, r.Resource = flow.Passes, flow.Frozen, by.Ref
	if len(r.Next) == 0 {
		r.Next = []flow.Branch{{Flow: f, Share: 1}}
	}
	return r
}
