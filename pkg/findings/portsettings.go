package findings

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// droppedTLS: an entry of portLevelSettings inherits nothing, so that one without tls drops the tls above it for its port
// (pilot/pkg/networking/util/util.go, GetPortLevelTrafficPolicy). It matters where what is dropped is not what happens by itself.
func droppedTLS(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		c := h.left.Cluster
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
func dropped(h *hop, p *networking.TrafficPolicy, at mesh.Ref) []flow.Finding {
	mode := p.GetTls().GetMode()
	automatic := mode == networking.ClientTLSSettings_ISTIO_MUTUAL && h.view.Config.AutoMTLS || mode == networking.ClientTLSSettings_DISABLE
	if p.GetTls() == nil || automatic {
		return nil
	}
	return []flow.Finding{found(PortSettingsDropTLS, at.At(at.Field+".portLevelSettings"), itoa(h.left.Cluster.Port.Number), mode.String())}
}

func portEntry(p *networking.TrafficPolicy, port int) (*networking.TrafficPolicy_PortTrafficPolicy, bool) {
	for _, e := range p.GetPortLevelSettings() {
		if int(e.GetPort().GetNumber()) == port {
			return e, true
		}
	}
	return nil, false
}

// ignoredCredential: a sidecar does not read the Secret that credentialName names unless the rule has a workloadSelector; TLS is left out
// without a word (pilot/pkg/networking/core/cluster_tls.go, buildUpstreamClusterTLSContext).
func ignoredCredential(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.sidecars() {
		if h.left.Cluster != nil && h.left.Wire.Why == flow.NoteCredentialDropped && h.left.Wire.Chosen.Kind == mesh.DestinationRule {
			out = append(out, found(CredentialNameIgnored, h.left.Wire.Chosen, h.left.Cluster.Host.Name))
		}
	}
	return out
}

// protocolTaken: of several Services with one port of the pod the oldest fixes how the server reads it. The client goes by the Service that
// it calls, so that one end can read HTTP and the other not. Where both read this request alike, no harm is done.
func protocolTaken(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.servers() {
		if h.from == nil || h.from.left.Scope == nil || h.from.left.L7 == h.left.L7 || !h.view.Services.Known() {
			continue
		}
		called := h.from.host()
		first, others, ok := declares(h.view, h.pod, h.port)
		if !ok || called == nil || first.Host.Ref == called.Ref {
			continue
		}
		for _, t := range others {
			if t.Host.Ref == called.Ref && t.Port.Number == h.from.left.Dial.Port && t.Port.Protocol.Class() != first.Port.Protocol.Class() {
				out = append(out, found(PortProtocolTaken, t.Ref, itoa(h.port), first.Host.Ref.ID(), string(first.Port.Protocol), string(t.Port.Protocol)))
			}
		}
	}
	return out
}
