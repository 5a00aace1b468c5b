package rules

import (
	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// grpcRule converts a rule of a GRPCRoute without its matches (pilot/pkg/config/kube/gateway/conversion.go, convertGRPCRoute).
func (c Conversion) grpcRule(i int, from gatewayv1.GRPCRouteRule) (config.HTTPRoute, *resource.Refusal) {
	r := c.newRule(i)
	for k, f := range from.Filters {
		at := config.Nth("filters", k)
		var fault *resource.Refusal
		switch f.Type {
		case gatewayv1.GRPCRouteFilterRequestHeaderModifier:
			fault = r.setHeaders(&r.Headers, f.RequestHeaderModifier, true).Below(at)
		case gatewayv1.GRPCRouteFilterResponseHeaderModifier:
			fault = r.setHeaders(&r.Headers, f.ResponseHeaderModifier, false).Below(at)
		case gatewayv1.GRPCRouteFilterRequestMirror:
			fault = r.mirror(at, f.RequestMirror) // unlike that of an HTTPRoute, a mirror that is no good voids the route
		default:
			fault = &resource.Refusal{Why: precedence.InvalidFilter, Field: at}
		}
		if fault != nil {
			return config.HTTPRoute{}, fault
		}
	}
	refs := weighted(from.BackendRefs, func(b gatewayv1.GRPCBackendRef) gatewayv1.BackendRef { return b.BackendRef })
	if len(refs) == 0 {
		r.noBackend(len(from.BackendRefs))
		return r.done(), nil
	}
	for _, b := range refs {
		var filters []gatewayv1.HTTPRouteFilter
		for _, f := range from.BackendRefs[b.index].Filters {
			filters = append(filters, gatewayv1.HTTPRouteFilter{Type: gatewayv1.HTTPRouteFilterType(f.Type),
				RequestHeaderModifier: f.RequestHeaderModifier, ResponseHeaderModifier: f.ResponseHeaderModifier})
		}
		if fault := r.backend(b, filters); fault != nil {
			return config.HTTPRoute{}, fault
		}
	}
	return r.done(), nil
}

// grpcMatches makes paths of services and methods: /service/method (createGRPCURIMatch).
func grpcMatches(r gatewayv1.GRPCRouteRule) ([]match, *resource.Refusal) {
	var out []match
	for i, from := range r.Matches {
		at := config.Nth("matches", i)
		m := &networking.HTTPMatchRequest{}
		if from.Method != nil {
			uri, ok := methodMatch(from.Method)
			if !ok {
				return nil, &resource.Refusal{Why: precedence.InvalidConfiguration, Field: at + ".method"}
			}
			m.Uri = uri
		}
		for k, h := range from.Headers {
			if !addMatch(&m.Headers, string(h.Name), string(ptr.Deref(h.Type, gatewayv1.GRPCHeaderMatchExact)), h.Value) {
				return nil, &resource.Refusal{Why: precedence.InvalidConfiguration, Field: config.Under(at, config.Nth("headers", k)+".type")}
			}
		}
		out = append(out, match{m, at, "method"})
	}
	return out, nil
}

func methodMatch(m *gatewayv1.GRPCMethodMatch) (*networking.StringMatch, bool) {
	service, method := ptr.Deref(m.Service, "[^/]+"), ptr.Deref(m.Method, ".+")
	kind := ptr.Deref(m.Type, gatewayv1.GRPCMethodMatchExact)
	switch {
	case m.Service == nil && m.Method == nil:
		return nil, false
	case kind == gatewayv1.GRPCMethodMatchExact && m.Method == nil:
		return prefixMatch("/" + service + "/"), true
	case kind == gatewayv1.GRPCMethodMatchExact && m.Service != nil:
		return exactMatch("/" + service + "/" + method), true
	case kind == gatewayv1.GRPCMethodMatchExact, kind == gatewayv1.GRPCMethodMatchRegularExpression:
		return regexMatch("/" + service + "/" + method), true
	}
	return nil, false
}
