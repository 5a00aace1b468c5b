package extension

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// looked is what patches make of the table that a request is looked up in, at the virtual host that answers for it.
type looked struct {
	at     envoyfilter.Table
	table  envoyfilter.Merged
	host   *config.VirtualHost // of istiod's; nil where it has none for the request, and on a server
	known  bool                // there is a virtual host of istiod's
	hosted envoyfilter.Hosted
	own    []config.Route // nil for the default route
	list   []envoyfilter.Entry
	gone   []*envoyfilter.Patch // took routes away
}

// routed reports whether patches bear on routes: those of routes, or of a connection manager that has routes of its own.
func routed(f flow.Flow) bool {
	return f.Extended != nil && f.L7 && !f.Passthrough && (f.Extended.Patches.Routing() && !unpatchedRoutes(f) || f.Extended.Manager.Set.Has("route_config"))
}

// look applies the patches of routes at the virtual host of the flow.
func look(s *mesh.Snapshot, f flow.Flow) looked {
	ps := f.Extended.Patches
	l := looked{at: tableOf(f), host: f.VHost}
	l.table = ps.Table(l.at)
	host, ok := hostOf(s, f)
	if !ok {
		return l
	}
	l.known = true
	l.hosted = ps.Host(l.at, host)
	if f.VHost != nil {
		l.own = f.VHost.Routes
	}
	own := routesOf(f)
	if slices.Contains(l.hosted.Replaced, "routes") {
		own = nil
	}
	l.list, l.gone = ps.Routes(l.at, host, own)
	for _, v := range l.hosted.Set.List("routes") {
		l.list = append(l.list, envoyfilter.Entry{Index: -1, Value: v, By: last(l.hosted.By)})
	}
	return l
}

func last(list []*envoyfilter.Patch) *envoyfilter.Patch {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// touched reports whether any patch reaches what was looked up.
func (l looked) touched() bool {
	return len(l.table.By) > 0 || len(l.hosted.By) > 0 || l.hosted.Removed != nil || l.hosted.Replacement != nil || len(l.gone) > 0 ||
		slices.ContainsFunc(l.list, func(e envoyfilter.Entry) bool { return e.By != nil || len(e.Merged.By) > 0 })
}

// takes compares the request with a route.
func (l looked) takes(s *mesh.Snapshot, f flow.Flow, e envoyfilter.Entry) evidence.Tri {
	r := requestOf(f)
	if f.RoutedBy != nil {
		g := f
		g.Message = *f.RoutedBy
		r = requestOf(g)
	}
	if e.By != nil {
		return evidence.And(matching.Route(e.Value.At("match"), r), e.By.Sure)
	}
	is := evidence.True
	narrowed := e.Set.At("match")
	if len(l.own) > 0 {
		own := l.own[e.Index]
		if pathOf(narrowed) && own.Match != nil {
			m := own.Match.DeepCopy()
			m.Uri = nil // the patch's own takes its place
			own.Match = m
		}
		is, _ = route.Match(f, &own, route.ReadingOf(s, f.Pod))
	}
	if narrowed == nil {
		return is
	}
	if !pathOf(narrowed) {
		narrowed = message.Merge(message.Message{"prefix": "/"}, narrowed)
	}
	n := matching.Route(narrowed, r)
	if e.Merged.Sure() != evidence.True && n == evidence.False {
		n = evidence.Unknown
	}
	return evidence.And(is, n)
}

func pathOf(match message.Message) bool {
	for _, field := range []string{"prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "path_match_policy"} {
		if match.Has(field) {
			return true
		}
	}
	return false
}

// peek looks up the route of a request ahead of the stage that chooses it: what the route carries for filters acts before it.
func peek(s *mesh.Snapshot, f flow.Flow) flow.Flow {
	if contextOf(f) != envoyfilter.Inbound {
		f = withHost(s, f)
	}
	l := look(s, f)
	x := *f.Extended
	x.Table, x.Host = l.table, l.hosted.Merged
	for _, e := range l.list {
		if is := l.takes(s, f, e); is != evidence.False {
			if e.By != nil {
				x.Route = envoyfilter.Merged{Set: e.Value, By: []*envoyfilter.Patch{e.By}}
			} else {
				x.Route = e.Merged
			}
			break
		}
	}
	f.Extended = &x
	return f
}

// withHost is the flow with the virtual host that answers for its request.
func withHost(s *mesh.Snapshot, f flow.Flow) flow.Flow {
	switch {
	case f.VHost != nil:
	case f.Chain != nil:
		f.Table = f.Chain.RouteTable(s, f.Client)
		f.VHost = f.Table.Lookup(f.Message.Authority)
	case f.Listener != nil && f.Scope != nil:
		f.Table = f.Scope.RouteTable(s, f.Client, f.Dial.Port)
		name := f.Message.Authority
		if f.Listener.Only != nil {
			name = f.Listener.Only.Name
		}
		f.VHost = f.Table.Lookup(name)
	}
	return f
}

// ownFilters is what istiod's own filters of faults and preflights do, by the route.
type ownFilters struct{ answers evidence.Tri }

// routeFilters works out whether a fault or a preflight of the route answers the request before the filters that stand behind theirs.
func routeFilters(s *mesh.Snapshot, f flow.Flow) ownFilters {
	out := ownFilters{evidence.False}
	if f.At.Role == flow.ServerSidecar {
		return out
	}
	f = withHost(s, f)
	if f.VHost == nil {
		return out
	}
	r := route.Route(s, f)
	for _, b := range r.Next {
		if b.Flow.Route == nil || b.Flow.Route.Route == nil {
			continue
		}
		h := b.Flow.Route.Route.HTTP
		switch {
		case h.Fault.GetAbort() != nil:
			out.answers = evidence.Unknown
			if h.Fault.GetAbort().GetPercentage().GetValue() >= 100 && len(r.Next) == 1 {
				out.answers = evidence.True
			}
		case h.CorsPolicy != nil && envoy.Preflight(f.Message.Method, f.Message.Headers):
			out.answers = evidence.Unknown
		}
	}
	return out
}

// rank tells how closely a domain fits an authority: 0 not at all, else higher is closer (Envoy, RouteMatcher::findVirtualHost).
func rank(domain, authority string) int {
	domain = strings.ToLower(domain)
	names := []string{strings.ToLower(authority), strings.ToLower(config.StripPort(authority))}
	const exact, suffix, prefix, any = 4000, 3000, 2000, 1000
	for _, name := range names {
		switch {
		case domain == name:
			return exact
		case domain == "*":
			return any
		case strings.HasPrefix(domain, "*") && strings.HasSuffix(name, domain[1:]) && len(name) >= len(domain):
			return suffix + min(len(domain), 900)
		case strings.HasSuffix(domain, "*") && strings.HasPrefix(name, domain[:len(domain)-1]) && len(name) >= len(domain):
			return prefix + min(len(domain), 900)
		}
	}
	return 0
}

// closest is the rank of the closest of several domains.
func closest(domains []string, authority string) int {
	best := 0
	for _, d := range domains {
		best = max(best, rank(d, authority))
	}
	return best
}
