package findings

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// shortRule: a DestinationRule whose host has a dot but is no full name, so that it is taken as it stands and names nothing
// (pilot/pkg/model/config.go, ResolveShortnameToFQDN). Completed, it would be for the destination.
func shortRule(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		host := h.host()
		all, gaps := h.view.DestinationRules.All()
		if host == nil || !host.Kube || len(gaps) > 0 || !h.view.ServiceEntries.Known() {
			continue
		}
		for _, d := range all {
			name := d.Spec.Host
			if !h.near(d.Namespace) || !strings.Contains(strings.TrimPrefix(name, "*."), ".") || mesh.HostWithin(host.Name, name) {
				continue
			}
			completes := func(suffix string) bool { return mesh.HostWithin(host.Name, name+suffix) }
			if (completes(".svc."+mesh.DomainSuffix) || completes("."+mesh.DomainSuffix)) && !namesAny(h.view, name) {
				out = append(out, found(DestinationRuleShortHost, ruleRef(d).At("spec.host"), name, host.Name))
			}
		}
	}
	return out
}

// namesAny tells whether a host of the registry belongs to a name or a wildcard.
func namesAny(s *mesh.Snapshot, name string) bool {
	hosts, _ := s.Hosts()
	return slices.ContainsFunc(hosts, func(h *mesh.Host) bool { return mesh.HostsOverlap(h.Name, name) })
}

func ruleRef(d *networkingapi.DestinationRule) mesh.Ref {
	return mesh.Ref{Kind: mesh.DestinationRule, Namespace: d.Namespace, Name: d.Name}
}

// hiddenRule: a DestinationRule for the destination that exportTo (or a workloadSelector, which always keeps a rule at home) hides from
// this client. Most are meant so; it is told of where the two ends do not agree on how the bytes are wrapped.
func hiddenRule(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		c := h.left.Cluster
		if c == nil || !w.transportFails(h) || !h.view.DestinationRules.Known() {
			continue
		}
		for _, x := range precedence.RuleCandidates(h.view, h.client(), c.Host, c.Rule) {
			d, ok, _ := h.view.DestinationRules.Get(x.Ref.Namespace, x.Ref.Name)
			if !ok || x.Why != precedence.NotExported || !h.near(x.Ref.Namespace) || !setsTLS(d) {
				continue
			}
			at := x.Ref
			if d.Spec.WorkloadSelector != nil {
				at = x.Ref.At("spec.workloadSelector")
			}
			out = append(out, found(DestinationRuleNotExported, at, h.pod.Namespace))
		}
	}
	return out
}

// setsTLS tells whether a rule says anywhere how to wrap.
func setsTLS(d *networkingapi.DestinationRule) bool {
	policies := []*networking.TrafficPolicy{d.Spec.TrafficPolicy}
	for _, s := range d.Spec.Subsets {
		policies = append(policies, s.GetTrafficPolicy())
	}
	return slices.ContainsFunc(policies, func(p *networking.TrafficPolicy) bool {
		return p.GetTls() != nil || slices.ContainsFunc(p.GetPortLevelSettings(), func(e *networking.TrafficPolicy_PortTrafficPolicy) bool { return e.GetTls() != nil })
	})
}

// ruleWithoutTLS: where the two ends do not agree, and the DestinationRule that applies does not say how to wrap, it is automatic mutual
// TLS that decides, and not the rule.
func ruleWithoutTLS(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		c := h.left.Cluster
		if c == nil || c.Rule.Rule == nil || len(c.Rule.Gaps) > 0 || !w.transportFails(h) {
			continue
		}
		sub, _ := c.Rule.Rule.Subset(c.Subset)
		says := false
		for _, p := range []*networking.TrafficPolicy{c.Rule.Rule.Policy, sub.GetTrafficPolicy()} {
			e, has := portEntry(p, c.Port.Number)
			says = says || p.GetTls() != nil || has && e.Tls != nil
		}
		if !says && c.Rule.Rule.Sources[0].Kind == mesh.DestinationRule {
			out = append(out, found(DestinationRuleWithoutTLS, c.Rule.Rule.Sources[0].At("spec.trafficPolicy"), c.Host.Name))
		}
	}
	return out
}
