package transport

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// hiddenRule: a DestinationRule for the destination that exportTo (or a workloadSelector, which always keeps a rule at home) hides from
// this client. Most are meant so; it is told of where the two ends do not agree on how the bytes are wrapped.
func hiddenRule(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		c := h.Left.Cluster
		if c == nil || !w.TransportFails(h) || !h.View.DestinationRules.Known() {
			continue
		}
		for _, x := range precedence.RuleCandidates(h.View, h.Client(), c.Host, c.Rule) {
			d, ok, _ := h.View.DestinationRules.Get(x.Ref.Namespace, x.Ref.Name)
			if !ok || x.Why != precedence.NotExported || !h.Near(x.Ref.Namespace) || !setsTLS(d) {
				continue
			}
			at := x.Ref
			if d.Spec.WorkloadSelector != nil {
				at = x.Ref.At("spec.workloadSelector")
			}
			out = append(out, walk.Found(DestinationRuleNotExported, at, h.Pod.Namespace))
		}
	}
	return out
}

// setsTLS reports whether a rule says anywhere how to wrap.
func setsTLS(d *networkingapi.DestinationRule) bool {
	policies := []*networking.TrafficPolicy{d.Spec.TrafficPolicy}
	for _, s := range d.Spec.Subsets {
		policies = append(policies, s.GetTrafficPolicy())
	}
	return slices.ContainsFunc(policies, func(p *networking.TrafficPolicy) bool {
		return p.GetTls() != nil || slices.ContainsFunc(p.GetPortLevelSettings(), func(e *networking.TrafficPolicy_PortTrafficPolicy) bool { return e.GetTls() != nil })
	})
}
