package rules

import (
	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// destinations converts the backends of a rule that hands bytes on. Where none has a weight the connection is to be refused, which a
// destination that does not exist sees to (pilot/pkg/config/kube/gateway/conversion.go, convertTCPRoute).
func (c Conversion) destinations(i int, refs []gatewayv1.BackendRef) ([]*networking.RouteDestination, bool) {
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

// TCP converts the rules of a TCPRoute; a fault voids all of them.
func (c Conversion) TCP() []config.TCPRoute {
	var out []config.TCPRoute
	for i, r := range c.Route.TCP.Spec.Rules {
		to, ok := c.destinations(i, r.BackendRefs)
		if !ok {
			return nil
		}
		out = append(out, config.TCPRoute{TCPRoute: &networking.TCPRoute{Route: to}, Ref: c.at(config.Nth("spec.rules", i))})
	}
	return out
}

// TLS converts those of a TLSRoute. A rule that refuses has no server names (convertTLSRoute).
func (c Conversion) TLS() []config.TLSRoute {
	var out []config.TLSRoute
	for i, r := range c.Route.TLS.Spec.Rules {
		to, ok := c.destinations(i, r.BackendRefs)
		if !ok {
			return nil
		}
		t := &networking.TLSRoute{Route: to}
		if len(weighted(r.BackendRefs, func(b gatewayv1.BackendRef) gatewayv1.BackendRef { return b })) > 0 {
			t.Match = []*networking.TLSMatchAttributes{{SniHosts: c.Route.Hosts()}}
		}
		out = append(out, config.TLSRoute{TLSRoute: t, Ref: c.at(config.Nth("spec.rules", i))})
	}
	return out
}
