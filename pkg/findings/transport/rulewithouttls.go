package transport

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ruleWithoutTLS: where the two ends do not agree, and the DestinationRule that applies does not say how to wrap, it is automatic mutual
// TLS that decides, and not the rule.
func ruleWithoutTLS(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		c := h.Left.Cluster
		if c == nil || c.Rule.Rule == nil || len(c.Rule.Gaps) > 0 || !w.TransportFails(h) {
			continue
		}
		sub, _ := c.Rule.Rule.Subset(c.Subset)
		says := false
		for _, p := range []*networking.TrafficPolicy{c.Rule.Rule.Policy, sub.GetTrafficPolicy()} {
			e, has := portEntry(p, c.Port.Number)
			says = says || p.GetTls() != nil || has && e.Tls != nil
		}
		if !says && c.Rule.Rule.Sources[0].Kind == mesh.DestinationRule {
			out = append(out, walk.Found(DestinationRuleWithoutTLS, c.Rule.Rule.Sources[0].At("spec.trafficPolicy"), c.Host.Name))
		}
	}
	return out
}
