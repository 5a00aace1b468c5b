package route

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// BoundCandidates lists the VirtualServices that have the host, and those that have it and do not act here: why each one does not.
func BoundCandidates(f flow.Flow, s *mesh.Snapshot) []flow.Candidate {
	var out []flow.Candidate
	host := strings.ToLower(config.StripPort(f.Message.Authority))
	for _, v := range routing.VirtualServices(s) {
		if f.VHost != nil && slices.Contains(f.VHost.Merged, v) {
			out = append(out, flow.Candidate{Ref: v.Ref, Applies: true, Why: precedence.Applies})
			continue
		}
		if !slices.ContainsFunc(v.Hosts, func(h string) bool { return mesh.HostsOverlap(h, host) }) {
			continue
		}
		c := flow.Candidate{Ref: v.Ref}
		exact := slices.Contains(v.Hosts, host)
		bound := slices.ContainsFunc(f.Chain.Servers, func(x *config.GatewayServer) bool { return slices.Contains(v.Gateways, x.Gateway) })
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

// noGatewayRouteBy is responsible for a request that a gateway has no route for: the VirtualServices that have the host, else what
// keeps those away that would, else the server that nothing is bound to.
func noGatewayRouteBy(f flow.Flow, s *mesh.Snapshot) []flow.Responsible {
	if f.VHost != nil && len(f.VHost.Merged) > 0 {
		var refs []mesh.Ref
		for _, v := range f.VHost.Merged {
			refs = append(append(refs, v.RouteLists()...), v.Missing...)
		}
		return flow.By(flow.Cause, refs...)
	}
	var refs []mesh.Ref
	for _, c := range Lost(f, s, config.StripPort(f.Message.Authority)) {
		refs = append(refs, c.Ref)
		if !c.By.IsZero() {
			refs = append(refs, c.By)
		}
	}
	for _, c := range BoundCandidates(f, s) {
		refs = append(refs, c.Ref)
	}
	if f.Gateway != nil {
		refs = append(refs, f.Gateway.Part("hosts"))
	}
	return flow.By(flow.Cause, refs...)
}

// noRouteWhy is the clause for a gateway that has no routes for a host at all: a route or a VirtualService that has the host and does not act, or
// that there is none. It is empty where some routes have the host, and for other proxies.
func noRouteWhy(f flow.Flow, s *mesh.Snapshot) []string {
	if f.At.Role == flow.ClientSidecar || f.Gateway == nil || f.VHost != nil && len(f.VHost.Merged) > 0 {
		return nil
	}
	for _, c := range Lost(f, s, config.StripPort(f.Message.Authority)) {
		return WhyLost(c)
	}
	for _, c := range BoundCandidates(f, s) {
		switch c.Why {
		case precedence.NotBound:
			return []string{flow.CodeMark + string(flow.NoteRouteNotBound), c.Ref.Object().Plain(), f.Gateway.Ref.Object().Plain()}
		case precedence.NotExported:
			return []string{flow.CodeMark + string(flow.NoteRouteNotExported), c.Ref.Object().Plain(), f.Client.Namespace}
		default:
			if delegates(s, c.Ref) {
				return []string{flow.CodeMark + string(flow.NoteRouteDelegatesLost), c.Ref.Object().Plain()}
			}
		}
	}
	return []string{flow.CodeMark + string(flow.NoteRouteForNoHost), f.Gateway.Ref.Object().Plain(), config.StripPort(f.Message.Authority)}
}

// delegates reports whether a VirtualService hands all of its entries on to others: where none of these is merged, it is left without a route
// (istio: pilot/pkg/model/virtualservice.go, mergeVirtualServicesIfNeeded).
func delegates(s *mesh.Snapshot, at mesh.Ref) bool {
	v, ok, _ := s.VirtualServices.Get(at.Namespace, at.Name)
	return ok && len(v.Spec.Http) > 0 && !slices.ContainsFunc(v.Spec.Http, func(h *networking.HTTPRoute) bool { return h.GetDelegate() == nil })
}

// HasGatewayRoute reports whether a gateway finds a route for the request; filters that ask somebody do so for routed requests only.
func HasGatewayRoute(s *mesh.Snapshot, f flow.Flow) bool {
	return f.Chain == nil || !f.L7 || Takes(s, f, f.Chain.RouteTable(s, f.Client).Lookup(f.Message.Authority))
}

// Takes reports whether a virtual host has something to do with the request: a route, or a redirect of its own.
func Takes(s *mesh.Snapshot, f flow.Flow, v *config.VirtualHost) bool {
	if v == nil {
		return false
	}
	if !v.RequireTLS.IsZero() || v.VS == nil && len(v.Routes) == 0 && v.Host != nil {
		return true
	}
	for i := range v.Routes {
		if is, _ := matchRoute(f, &v.Routes[i], ReadingOf(s, f.Pod)); is != evidence.False {
			return true
		}
	}
	return false
}
