package transport

import (
	"strconv"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// droppedTLS: an entry of portLevelSettings inherits nothing, so that one without tls drops the tls above it for its port
// (pilot/pkg/networking/util/util.go, GetPortLevelTrafficPolicy). It matters where what is dropped is not what happens by itself.
func droppedTLS(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		c := h.Left.Cluster
		if c == nil || c.Rule.Rule == nil {
			continue
		}
		rule := c.Rule.Rule
		sub, ok := rule.Subset(c.Subset)
		if ok && c.Subset != "" && sub.TrafficPolicy != nil {
			if e, has := portEntry(sub.TrafficPolicy, c.Port.Number); has && e.Tls == nil {
				out = append(out, dropped(h, sub.TrafficPolicy, sub.Ref.At(sub.Ref.Field+".trafficPolicy"))...)
			}
			if _, has := portEntry(sub.TrafficPolicy, c.Port.Number); has || sub.TrafficPolicy.Tls != nil {
				continue // the rule's own is not asked
			}
		}
		if e, has := portEntry(rule.Policy, c.Port.Number); has && e.Tls == nil {
			out = append(out, dropped(h, rule.Policy, rule.PolicyOf.At("spec.trafficPolicy"))...)
		}
	}
	return out
}

// dropped tells of the tls that a policy has above its port's entry. ISTIO_MUTUAL is what automatic mutual TLS does anyway, and DISABLE
// still marks the endpoints.
func dropped(h *walk.Hop, p *networking.TrafficPolicy, at mesh.Ref) []flow.Finding {
	mode := p.GetTls().GetMode()
	automatic := mode == networking.ClientTLSSettings_ISTIO_MUTUAL && h.View.Config.AutoMTLS || mode == networking.ClientTLSSettings_DISABLE
	if p.GetTls() == nil || automatic {
		return nil
	}
	return []flow.Finding{walk.Found(PortSettingsDropTLS, at.At(at.Field+".portLevelSettings"), strconv.Itoa(h.Left.Cluster.Port.Number), mode.String())}
}
