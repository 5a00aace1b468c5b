package gatewayapi

import (
	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// destinations converts the backends of a rule that hands bytes on. Where none has a weight the connection is to be refused, which a
// destination that does not exist sees to (pilot/pkg/config/kube/gateway/conversion.go, convertTCPRoute).
func (c conversion) destinations(i int, refs []gatewayv1.BackendRef) ([]*networking.RouteDestination, bool) {
	var out []*networking.RouteDestination
	for _, b := range weighted(refs, func(b gatewayv1.BackendRef) gatewayv1.BackendRef { return b }) {
		field := config.Under(config.Nth("spec.rules", i), config.Nth("backendRefs", b.index))
		to, fault := c.destination(b.BackendObjectReference, field)
		if fault != nil {
			c.void(field, fault)
			return nil, false
		}
		out = append(out, &networking.RouteDestination{Destination: to, Weight: b.weight})
	}
	if len(out) == 0 {
		out = []*networking.RouteDestination{{Destination: &networking.Destination{}}}
	}
	return out, true
}

// tcpRules converts the rules of a TCPRoute; a fault voids all of them.
func (c conversion) tcpRules() []config.TCPRoute {
	var out []config.TCPRoute
	for i, r := range c.route.tcp.Spec.Rules {
		to, ok := c.destinations(i, r.BackendRefs)
		if !ok {
			return nil
		}
		out = append(out, config.TCPRoute{TCPRoute: &networking.TCPRoute{Route: to}, Ref: c.at(config.Nth("spec.rules", i))})
	}
	return out
}

// tlsRules converts those of a TLSRoute. A rule that refuses has no server names (convertTLSRoute).
func (c conversion) tlsRules() []config.TLSRoute {
	var out []config.TLSRoute
	for i, r := range c.route.tls.Spec.Rules {
		to, ok := c.destinations(i, r.BackendRefs)
		if !ok {
			return nil
		}
		t := &networking.TLSRoute{Route: to}
		if len(weighted(r.BackendRefs, func(b gatewayv1.BackendRef) gatewayv1.BackendRef { return b })) > 0 {
			t.Match = []*networking.TLSMatchAttributes{{SniHosts: c.route.hosts()}}
		}
		out = append(out, config.TLSRoute{TLSRoute: t, Ref: c.at(config.Nth("spec.rules", i))})
	}
	return out
}
