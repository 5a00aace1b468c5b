package routing

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// notRead: the client's ztunnel reads no routes and no DestinationRules; without a waypoint on the way those for the host that was dialled do
// nothing for this request (ztunnel's src/proxy/outbound.rs). A waypoint takes the routes of its own namespace and of the host's, and no others
// (pilot/pkg/networking/core/listener_waypoint.go, buildWaypointInboundHTTPRouteConfig).
func notRead(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	seen := map[*mesh.Host]bool{}
	for _, h := range w.Hops {
		switch {
		case h.Role == flow.Ztunnel && h.In.In == flow.ToClientZtunnel && h.Left.Waypoint == nil && h.Left.Addressee.Host != nil && !seen[h.Left.Addressee.Host]:
			seen[h.Left.Addressee.Host] = true
			out = append(out, unread(w.Snapshot.ForZtunnels(), h.Left.Addressee.Host, h.Left.Client)...)
		case h.Role == flow.Waypoint && h.In.Addressee.Host != nil && h.Pod != nil && !seen[h.In.Addressee.Host]:
			seen[h.In.Addressee.Host] = true
			out = append(out, ofOthers(h)...)
		}
	}
	return out
}

// unread are the routes for a host that a sidecar in the client's place would have, and what its rule asks for that is more than mutual TLS.
func unread(s *mesh.Snapshot, host *mesh.Host, client precedence.Client) []flow.Finding {
	var out []flow.Finding
	for _, v := range routing.BoundTo(s, config.MeshGateway, client.Namespace) {
		if slices.Contains(v.Hosts, strings.ToLower(host.Name)) {
			for _, at := range written(v) {
				out = append(out, walk.Found(RouteNotRead, at))
			}
		}
	}
	rule := precedence.DestinationRule(s, client, host).Rule
	switch {
	case rule == nil || rule.Policy == nil && len(rule.Subsets) == 0:
	case originates(rule.Policy):
		out = append(out, walk.Found(RuleNotRead, rule.PolicyOf, flow.CodeMark+"WithoutItsTLS"))
	case !onlyMutual(rule.Policy) || len(rule.Subsets) > 0:
		out = append(out, walk.Found(RuleNotRead, rule.Sources[0]))
	}
	return out
}

// ofOthers are the routes for a host that its waypoint leaves out, as they are in a namespace that is neither the waypoint's nor the host's.
func ofOthers(h *walk.Hop) []flow.Finding {
	var out []flow.Finding
	host := h.In.Addressee.Host
	for _, v := range routing.BoundTo(h.View, config.MeshGateway, h.Pod.Namespace) {
		if v.Namespace != h.Pod.Namespace && v.Namespace != host.Namespace && slices.Contains(v.Hosts, strings.ToLower(host.Name)) {
			for _, at := range written(v) {
				out = append(out, walk.Found(RouteOfOtherNamespace, at, mesh.PodRef(h.Pod).ID(), host.Namespace))
			}
		}
	}
	return out
}

// written are the objects that a VirtualService is, or was made of.
func written(v *config.VirtualService) []mesh.Ref {
	if len(v.Objects) > 0 {
		return v.Objects
	}
	return []mesh.Ref{v.Ref}
}

// originates reports whether a policy has TLS spoken that is not the mesh's own.
func originates(p *networking.TrafficPolicy) bool {
	is := func(t *networking.ClientTLSSettings) bool {
		return t.GetMode() == networking.ClientTLSSettings_SIMPLE || t.GetMode() == networking.ClientTLSSettings_MUTUAL
	}
	return p != nil && (is(p.Tls) || slices.ContainsFunc(p.PortLevelSettings, func(x *networking.TrafficPolicy_PortTrafficPolicy) bool { return is(x.Tls) }))
}

// onlyMutual reports whether a policy says no more than what a ztunnel does anyway: mutual TLS where the other end takes it.
func onlyMutual(p *networking.TrafficPolicy) bool {
	return p == nil || p.LoadBalancer == nil && p.ConnectionPool == nil && p.OutlierDetection == nil && p.Tunnel == nil && p.ProxyProtocol == nil && p.RetryBudget == nil &&
		!slices.ContainsFunc(p.PortLevelSettings, func(x *networking.TrafficPolicy_PortTrafficPolicy) bool {
			return x.LoadBalancer != nil || x.ConnectionPool != nil || x.OutlierDetection != nil
		})
}
