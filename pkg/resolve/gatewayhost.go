package resolve

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// gatewayHost finds what answers for the request's authority among the VirtualServices that are bound to the server.
func gatewayHost(s *mesh.Snapshot, f Flow) Result {
	if !f.L7 || f.Chain == nil {
		return Result{}
	}
	f.Table = f.Chain.RouteTable(s, f.Client)
	f.VHost = f.Table.Lookup(f.Message.Authority)
	r := passes(f)
	r.Facts = []string{f.Message.Authority}
	r.Candidates = f.boundCandidates(s)
	if f.VHost != nil {
		for _, v := range f.VHost.Merged {
			r.Resource, r.Note = v.Ref, NoteVirtualHost
			break
		}
	}
	_, gaps := s.VirtualServices.All()
	r.unread(slices.Concat(gaps, routeGaps(s))...)
	return r
}

// boundCandidates lists the VirtualServices that have the host, and those that have it and do not act here: why each one does not.
func (f Flow) boundCandidates(s *mesh.Snapshot) []Candidate {
	var out []Candidate
	host := strings.ToLower(precedence.StripPort(f.Message.Authority))
	for _, v := range precedence.VirtualServices(s) {
		if f.VHost != nil && slices.Contains(f.VHost.Merged, v) {
			out = append(out, Candidate{Ref: v.Ref, Applies: true, Why: precedence.Applies})
			continue
		}
		if !slices.ContainsFunc(v.Hosts, func(h string) bool { return mesh.HostsOverlap(h, host) }) {
			continue
		}
		c := Candidate{Ref: v.Ref}
		exact := slices.Contains(v.Hosts, host)
		bound := slices.ContainsFunc(f.Chain.Servers, func(x *precedence.GatewayServer) bool { return slices.Contains(v.Gateways, x.Gateway) })
		if !bound && !exact {
			continue // a wildcard that is meant for other places
		}
		switch {
		case !bound:
			c.Ref, c.Why = v.Field("gateways"), precedence.NotBound
		case !v.VisibleTo(f.Client.Namespace):
			c.Ref, c.Why = v.Field("exportTo"), precedence.NotExported
		case f.VHost != nil:
			c.Why = precedence.LessSpecific
		default:
			c.Why = precedence.OtherHost
		}
		for _, lost := range f.Table.Losers[host] {
			if lost.Ref.Object() == v.Ref {
				c.Ref, c.Why, c.By = lost.Ref, lost.Why, lost.By
			}
		}
		out = append(out, c)
	}
	return out
}

// httpsRedirect sends plaintext requests to https, before any route is looked for.
func httpsRedirect(_ *mesh.Snapshot, f Flow) Result {
	if f.VHost == nil || f.VHost.RequireTLS.IsZero() {
		return Result{}
	}
	if proto, _ := f.Message.Headers.Get("x-forwarded-proto"); proto == "https" {
		return Result{}
	}
	o := f.replies(301, Redirected, "direct_response")
	o.By = by(Cause, f.VHost.RequireTLS)
	o.Location = "https://" + f.Message.Authority + f.Message.Path
	r := ends(o)
	r.Resource, r.Facts = f.VHost.RequireTLS, []string{o.Location}
	r.Candidates = []Candidate{{Ref: f.VHost.RequireTLS, Applies: true, Matches: True}}
	return r
}

// noGatewayRouteBy is responsible for a request that a gateway has no route for: the VirtualServices that have the host, else what
// keeps those away that would, else the server that nothing is bound to.
func (f Flow) noGatewayRouteBy(s *mesh.Snapshot) []Responsible {
	if f.VHost != nil && len(f.VHost.Merged) > 0 {
		var refs []mesh.Ref
		for _, v := range f.VHost.Merged {
			refs = append(append(refs, v.RouteLists()...), v.Missing...)
		}
		return by(Cause, refs...)
	}
	var refs []mesh.Ref
	for _, c := range precedence.LostRoutes(s, precedence.StripPort(f.Message.Authority)) {
		refs = append(refs, c.Ref)
		if !c.By.IsZero() {
			refs = append(refs, c.By)
		}
	}
	for _, c := range f.boundCandidates(s) {
		refs = append(refs, c.Ref)
	}
	if f.Gateway != nil {
		refs = append(refs, f.Gateway.Part("hosts"))
	}
	return by(Cause, refs...)
}

// hasGatewayRoute tells whether a gateway finds a route for the request; filters that ask somebody do so for routed requests only.
func (f Flow) hasGatewayRoute(s *mesh.Snapshot) bool {
	if f.Chain == nil || !f.L7 {
		return true
	}
	v := f.Chain.RouteTable(s, f.Client).Lookup(f.Message.Authority)
	if v == nil {
		return false
	}
	if !v.RequireTLS.IsZero() {
		return true
	}
	for i := range v.Routes {
		if is, _ := f.matchRoute(&v.Routes[i], joinsLines(s)); is != False {
			return true
		}
	}
	return false
}
