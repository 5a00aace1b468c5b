package extension

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// Hosts is the stage that finds the virtual host, with the ones that patches take away, replace or add. unknown is what becomes of a request
// whose host the proxy has no virtual host for.
func Hosts(stage, unknown Run) Run {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result {
		if f.RoutedBy != nil && f.Extended != nil {
			return byRouted(s, f, stage, unknown)
		}
		return hosts(s, f, stage, unknown)
	}
}

// byRouted looks the host up that the request came with, where a filter has changed it and the proxy does not choose again.
func byRouted(s *mesh.Snapshot, f flow.Flow, stage, unknown Run) flow.Result {
	now := f.Message
	f.Message.Authority = f.RoutedBy.Authority
	r := hosts(s, f, stage, unknown)
	for i := range r.Next {
		r.Next[i].Flow.Message.Authority = now.Authority
	}
	return r
}

func hosts(s *mesh.Snapshot, f flow.Flow, stage, unknown Run) flow.Result {
	r := stage(s, f)
	if !routed(f) || len(r.Next) != 1 {
		return r
	}
	next := r.Next[0].Flow
	if next.Table == nil {
		return r
	}
	t := tableOf(next)
	if set := f.Extended.Manager.Set.At("route_config"); set != nil {
		return instead(s, next, set, last(f.Extended.ManagedBy))
	}
	added := f.Extended.Patches.Hosts(t)
	if by := taken(next, added); by != nil {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: by.Ref, Applies: false, Why: proxyRefuses})
		return refusedRoutes(s, next, r, by, envoyfilter.TakenName)
	}
	own := 0
	if next.VHost != nil {
		own = closest(next.VHost.Domains, next.Message.Authority)
	}
	for _, a := range added {
		if closest(a.Value.Texts("domains"), next.Message.Authority) > own {
			return into(s, next, a.Value, a.By)
		}
	}
	if v := adopted(s, next, t, own); v != nil {
		next.VHost = v
		r.Next[0].Flow = next
	}
	if next.VHost == nil {
		return r
	}
	host, _ := hostOf(s, next)
	hosted := f.Extended.Patches.Host(t, host)
	switch {
	case hosted.Removed != nil:
		return withoutHost(s, next, hosted.Removed, unknown)
	case hosted.Replacement != nil:
		if closest(hosted.Replacement.Value.Texts("domains"), next.Message.Authority) == 0 {
			return withoutHost(s, next, hosted.Replacement, unknown)
		}
		return into(s, next, hosted.Replacement.Value, hosted.Replacement)
	}
	return r
}

// withoutHost: the virtual host is not there, so that the request takes the way of hosts that are not known.
func withoutHost(s *mesh.Snapshot, f flow.Flow, p *envoyfilter.Patch, unknown Run) flow.Result {
	f.VHost = nil
	r := unknown(s, f)
	r.Resource, r.Note, r.Args = p.Ref, flow.NoteExtensionRemovesHost, []string{f.Message.Authority}
	r.Candidates = append([]flow.Candidate{{Ref: p.Ref, Applies: true}}, r.Candidates...)
	return r
}

// taken is a patch that adds a virtual host with a domain that another has: the proxy refuses the table.
func taken(f flow.Flow, added []envoyfilter.Added) *envoyfilter.Patch {
	seen := map[string]bool{}
	for _, v := range f.Table.Hosts {
		for _, d := range v.Domains {
			seen[strings.ToLower(d)] = true
		}
	}
	if f.At.Role == flow.ClientSidecar {
		seen["*"] = true // that of unknown hosts
	}
	for _, a := range added {
		for _, d := range a.Value.Texts("domains") {
			if seen[strings.ToLower(d)] {
				return a.By
			}
			seen[strings.ToLower(d)] = true
		}
	}
	return nil
}

// adopted is a virtual host that patches give a domain which fits the request more closely than what answers for it so far.
func adopted(s *mesh.Snapshot, f flow.Flow, t envoyfilter.Table, own int) *vhost {
	for _, v := range f.Table.Hosts {
		g := f
		g.VHost = v
		host, ok := hostOf(s, g)
		if !ok {
			continue
		}
		if domains := f.Extended.Patches.Host(t, host).Set.Texts("domains"); closest(domains, f.Message.Authority) > own {
			return v
		}
	}
	return nil
}

// instead: a connection manager with routes of its own has these alone.
func instead(s *mesh.Snapshot, f flow.Flow, table message.Message, by *envoyfilter.Patch) flow.Result {
	var best message.Message
	rank := 0
	for _, v := range table.List("virtual_hosts") {
		if n := closest(v.Texts("domains"), f.Message.Authority); n > rank {
			best, rank = v, n
		}
	}
	if best == nil {
		o := noRoute(f, flow.By(flow.Cause, by.Ref))
		return stop(flow.Pass(f), o, by.Ref)
	}
	return into(s, f, best, by)
}

// noRoute is the answer of a proxy that knows the host, where none of the host's routes takes the request.
func noRoute(f flow.Flow, by []flow.Responsible) flow.Outcome {
	o := f.Replies(404, flow.RouteNotFound, "route_not_found", "NR")
	o.By, o.Args = by, []string{route.EnvoyPath(f), "0"}
	return o
}

// into takes the request to a virtual host of a patch: its first route whose conditions hold.
func into(s *mesh.Snapshot, f flow.Flow, v message.Message, by *envoyfilter.Patch) flow.Result {
	f.VHost = nil
	r := flow.Pass(f)
	r.Passing, r.Resource, r.Note, r.Args = flow.Routes, by.Ref, flow.NoteExtensionHost, []string{v.Text("name")}
	r.Candidates = []flow.Candidate{{Ref: by.Ref, Applies: true}}
	var list []envoyfilter.Entry
	for _, x := range v.List("routes") {
		list = append(list, envoyfilter.Entry{Index: -1, Value: x, By: by})
	}
	return choose(s, f, r, looked{list: list, known: true, hosted: envoyfilter.Hosted{Merged: envoyfilter.Merged{Set: v, By: []*envoyfilter.Patch{by}}}})
}

// InboundRoutes are the routes of a server, which istiod writes one of: to the application.
func InboundRoutes(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !routed(f) || f.NotIntercepted {
		return flow.Result{}
	}
	for _, v := range f.Extended.Manager.Set.At("route_config").List("virtual_hosts") {
		if closest(v.Texts("domains"), f.Message.Authority) > 0 {
			return into(s, f, v, last(f.Extended.ManagedBy))
		}
	}
	t := tableOf(f)
	added := f.Extended.Patches.Hosts(t)
	for _, a := range added {
		if slices.Contains(a.Value.Texts("domains"), "*") {
			return refusedRoutes(s, f, flow.Pass(f), a.By, envoyfilter.TakenName)
		}
	}
	for _, a := range added {
		if closest(a.Value.Texts("domains"), f.Message.Authority) > 0 {
			return into(s, f, a.Value, a.By)
		}
	}
	return Routes(s, f)
}

// Routes applies the patches of the virtual host that answers for the request, and of its routes. The route that takes the request is one of a
// patch, or one of istiod's with what is merged into it.
func Routes(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !routed(f) || f.NotIntercepted || f.Route != nil || f.Patched != nil {
		return flow.Result{}
	}
	l := look(s, f)
	misses := tableMisses(s, f)
	if !l.known || !l.touched() && len(misses) == 0 {
		return flow.Result{}
	}
	if l.hosted.Removed != nil {
		o := noRoute(f, flow.By(flow.Cause, l.hosted.Removed.Ref))
		return stop(flow.Pass(f), o, l.hosted.Removed.Ref)
	}
	r := flow.Unseen(f)
	missed(&r, misses)
	if !l.touched() {
		return r
	}
	return choose(s, f, r, l)
}

// choose finds the route that takes the request.
func choose(s *mesh.Snapshot, f flow.Flow, r flow.Result, l looked) flow.Result {
	by := refs(slices.Concat(l.table.By, l.hosted.By))
	for _, ref := range by {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: ref, Applies: true})
	}
	if end, ok := requireTLS(f, r, l); ok {
		return end
	}
	var ways []flow.Branch
	certain := false
	for _, e := range l.list {
		is := l.takes(s, f, e)
		if e.By != nil {
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: e.By.Ref, Applies: is != evidence.False, Matches: is})
		}
		for _, p := range e.Merged.By {
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: p.Ref, Applies: is != evidence.False, Matches: is})
		}
		if is == evidence.False {
			continue
		}
		ways = append(ways, flow.Branch{Flow: l.take(f, e)})
		if is == evidence.True {
			certain = true
			break
		}
	}
	if !certain {
		o := noRoute(f, flow.By(flow.Cause, append(refs(l.gone), narrowing(l)...)...))
		if len(ways) == 0 {
			return stop(r, o, firstOf(o.By, by))
		}
		may(&r, o, firstOf(o.By, by))
	}
	r.Next = ways
	if len(ways) == 1 {
		r.Next[0].Share = 1
		return described(r, ways[0].Flow, l)
	}
	for _, w := range ways {
		unknown(&r, w.Flow.Patched.By...)
	}
	r.Passing = flow.Routes
	return r
}

// narrowing are the patches that are merged into the matches of routes.
func narrowing(l looked) []mesh.Ref {
	var out []mesh.Ref
	for _, e := range l.list {
		out = append(out, refs(e.Merged.By)...)
	}
	return out
}

func firstOf(list []flow.Responsible, otherwise []mesh.Ref) mesh.Ref {
	if len(list) > 0 {
		return list[0].Ref
	}
	if len(otherwise) > 0 {
		return otherwise[0]
	}
	return mesh.Ref{}
}

// requireTLS: a virtual host may want every request to come over TLS, before any route is looked at.
func requireTLS(f flow.Flow, r flow.Result, l looked) (flow.Result, bool) {
	mode := l.hosted.Set.Text("require_tls")
	if mode != "ALL" && mode != "EXTERNAL_ONLY" {
		return r, false
	}
	if proto, _ := f.Message.Headers.Get("x-forwarded-proto"); proto == "https" {
		return r, false
	}
	at := last(l.hosted.By).Ref
	o := f.Replies(301, flow.Redirected, "direct_response")
	o.Location, o.By = "https://"+f.Message.Authority+f.Message.Path, flow.By(flow.Cause, at)
	o.Args = []string{o.Location}
	if mode == "EXTERNAL_ONLY" || l.hosted.Sure() != evidence.True {
		may(&r, o, at)
		return r, false
	}
	return stop(r, o, at), true
}
