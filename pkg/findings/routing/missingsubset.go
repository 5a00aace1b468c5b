package routing

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingSubset: another route of the VirtualService that has the request names a subset that is not defined for this client. The one
// that takes the request is the verdict's affair.
func missingSubset(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		if h.Left.VHost == nil || !h.View.DestinationRules.Known() {
			continue
		}
		for _, r := range h.Left.VHost.Routes {
			if r.VS.Made() || h.Left.Route != nil && h.Left.Route.Route != nil && h.Left.Route.Route.HTTP.Ref == r.HTTP.Ref {
				continue
			}
			out = append(out, undefinedSubsets(h, r.HTTP)...)
		}
	}
	return out
}

// undefinedSubsets finds destinations of a route that name a subset which no rule defines for the client.
func undefinedSubsets(h *walk.Hop, r config.HTTPRoute) []flow.Finding {
	var out []flow.Finding
	for i, d := range r.Route {
		if d.GetDestination().GetSubset() == "" || len(r.Route) > 1 && d.Weight == 0 {
			continue
		}
		host := h.Left.Scope.Host(d.Destination.Host)
		if host == nil {
			continue
		}
		rule := precedence.DestinationRule(h.View, h.Client(), host).Rule
		if _, ok := rule.Subset(d.Destination.Subset); !ok {
			at := walk.Under(r.Ref, "route["+strconv.Itoa(i)+"].destination.subset")
			out = append(out, walk.Found(RouteSubsetMissing, at, d.Destination.Subset, host.Name, subsets(rule)))
		}
	}
	return out
}

// subsets names the subsets that there are; empty where there are none.
func subsets(r *precedence.Rule) string {
	var names []string
	if r != nil {
		for _, s := range r.Subsets {
			names = append(names, s.GetName())
		}
	}
	return strings.Join(names, ", ")
}
