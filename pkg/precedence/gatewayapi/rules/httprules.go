package rules

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// HTTP converts the rules of an HTTPRoute or GRPCRoute: one entry for each match of each rule. A fault voids all of them
// (pilot/pkg/config/kube/gateway/route_collections.go, computeRoute).
func (c Conversion) HTTP() []config.HTTPRoute {
	var out []config.HTTPRoute
	add := func(i int, h config.HTTPRoute, matches []match, fault *resource.Refusal) bool {
		if fault != nil {
			c.void(config.Nth("spec.rules", i), fault)
			return false
		}
		h.Ref = c.at(config.Nth("spec.rules", i))
		if len(matches) == 0 {
			out = append(out, h)
		}
		for _, m := range matches {
			one := h
			one.HTTPRoute = h.HTTPRoute.DeepCopy()
			one.Match = []*networking.HTTPMatchRequest{m.HTTPMatchRequest}
			one.Parts = m.parts(h.Parts)
			out = append(out, one)
		}
		return true
	}
	if c.Route.GRPC != nil {
		for i, r := range c.Route.GRPC.Spec.Rules {
			h, fault := c.grpcRule(i, r)
			matches, bad := grpcMatches(r)
			if fault == nil {
				fault = bad
			}
			if !add(i, h, matches, fault) {
				return nil
			}
		}
		return out
	}
	rules := c.Route.HTTP.Spec.Rules
	if rules == nil {
		rules = []gatewayv1.HTTPRouteRule{{}} // as the API server fills in
	}
	for i, r := range rules {
		h, fault := c.httpRule(i, r)
		matches, bad := httpMatches(r)
		if fault == nil {
			fault = bad
		}
		if !add(i, h, matches, fault) {
			return nil
		}
	}
	return out
}

// rule is an entry of http[] in the making, with the places that its parts come from.
type rule struct {
	*networking.HTTPRoute
	c     Conversion
	at    string // spec.rules[i]
	parts map[string]string
}

func (c Conversion) newRule(i int) *rule {
	return &rule{HTTPRoute: &networking.HTTPRoute{}, c: c, at: config.Nth("spec.rules", i), parts: map[string]string{}}
}

func (r *rule) done() config.HTTPRoute {
	return config.HTTPRoute{HTTPRoute: r.HTTPRoute, Parts: r.parts}
}

// httpRule converts a rule without its matches (convertHTTPRoute).
func (c Conversion) httpRule(i int, from gatewayv1.HTTPRouteRule) (config.HTTPRoute, *resource.Refusal) {
	r := c.newRule(i)
	for k, f := range from.Filters {
		if fault := r.filter(config.Nth("filters", k), f); fault != nil {
			return config.HTTPRoute{}, fault
		}
	}
	r.retries(from)
	r.timeouts(from)
	refs := weighted(from.BackendRefs, func(b gatewayv1.HTTPBackendRef) gatewayv1.BackendRef { return b.BackendRef })
	if len(refs) == 0 {
		r.noBackend(len(from.BackendRefs))
		return r.done(), nil
	}
	for _, b := range refs {
		if fault := r.backend(b, from.BackendRefs[b.index].Filters); fault != nil {
			return config.HTTPRoute{}, fault
		}
	}
	return r.done(), nil
}

// noBackend answers for a rule that sends nowhere: 500. In Istio 1.30 alone an HTTPRoute's rule without any backend, even of weight 0, answered
// 404 (pilot/pkg/config/kube/gateway/conversion.go).
func (r *rule) noBackend(declared int) {
	if r.Redirect != nil {
		return
	}
	status := uint32(500)
	if declared == 0 && r.c.Route.HTTP != nil && r.c.NotFoundWithoutBackends() {
		status = 404
	}
	r.DirectResponse = &networking.HTTPDirectResponse{Status: status}
	r.parts["directResponse"] = "backendRefs"
}

func (r *rule) backend(b weightedRef, filters []gatewayv1.HTTPRouteFilter) *resource.Refusal {
	field := config.Nth("backendRefs", b.index)
	to, fault := r.c.destination(b.BackendObjectReference, config.Under(r.at, field))
	if fault != nil {
		return fault.Below(field)
	}
	d := &networking.HTTPRouteDestination{Destination: to, Weight: b.weight}
	for k, f := range filters {
		at := config.Under(field, config.Nth("filters", k))
		switch f.Type {
		case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
			fault = r.setHeaders(&d.Headers, f.RequestHeaderModifier, true)
		case gatewayv1.HTTPRouteFilterResponseHeaderModifier:
			fault = r.setHeaders(&d.Headers, f.ResponseHeaderModifier, false)
		default:
			fault = &resource.Refusal{Why: precedence.InvalidFilter}
		}
		if fault != nil {
			return fault.Below(at)
		}
	}
	r.parts[config.Nth("route", len(r.Route))+".destination"] = field
	r.Route = append(r.Route, d)
	return nil
}

// retries: a rule that asks for retries has them on connection errors too.
func (r *rule) retries(from gatewayv1.HTTPRouteRule) {
	if from.Retry == nil || !r.c.Has(release.RouteRetries) {
		return
	}
	on := []string{"connect-failure", "refused-stream", "unavailable", "cancelled"}
	for _, code := range from.Retry.Codes {
		on = append(on, strconv.Itoa(int(code)))
	}
	r.Retries = &networking.HTTPRetry{Attempts: int32(ptr.Deref(from.Retry.Attempts, 2)), RetryOn: strings.Join(on, ",")}
	r.parts["retries"] = "retry"
}

// timeouts: the one for the backend is that of each try, or, without retries of the rule's own, that of the request.
func (r *rule) timeouts(from gatewayv1.HTTPRouteRule) {
	if from.Timeouts == nil || !r.c.Has(release.RouteTimeouts) {
		return
	}
	if d := duration(from.Timeouts.Request); d != 0 {
		r.Timeout = durationpb.New(d)
		r.parts["timeout"] = "timeouts.request"
	}
	if d := duration(from.Timeouts.BackendRequest); d != 0 {
		if r.Retries != nil {
			r.Retries.PerTryTimeout = durationpb.New(d)
			r.parts["retries.perTryTimeout"] = "timeouts.backendRequest"
		} else {
			r.Timeout = durationpb.New(d)
			r.parts["timeout"] = "timeouts.backendRequest"
		}
	}
}

func duration(d *gatewayv1.Duration) time.Duration {
	out, err := time.ParseDuration(string(ptr.Deref(d, "")))
	if err != nil {
		return 0
	}
	return out
}
