package transport

import (
	"slices"

	"google.golang.org/protobuf/proto"
	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ruleInThirdNamespace: a DestinationRule is looked up in the client's namespace, the service's and the root namespace, whatever its exportTo says
// (Istio: "Traffic Management", DestinationRule lookup). It is told of one for just this host that says something else than the rule that is used.
func ruleInThirdNamespace(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		c := h.Left.Cluster
		if c == nil || c.Host == nil || !h.View.DestinationRules.Known() {
			continue
		}
		for _, x := range precedence.RuleCandidates(h.View, h.Client(), c.Host, c.Rule) {
			d, ok, _ := h.View.DestinationRules.Get(x.Ref.Namespace, x.Ref.Name)
			if !ok || x.Why != precedence.ThirdNamespace || mesh.ResolveHost(d.Spec.Host, d.Namespace) != c.Host.Name || saysUsed(h, c, d) || defines(d, c.Subset) {
				continue
			}
			out = append(out, walk.Found(DestinationRuleInThirdNamespace, x.Ref, h.Pod.Namespace, c.Host.Namespace, h.View.Config.RootNamespace))
		}
	}
	return out
}

// defines reports whether a rule has the subset that is asked for, which a finding of its own tells.
func defines(d *networkingapi.DestinationRule, subset string) bool {
	return subset != "" && slices.ContainsFunc(d.Spec.Subsets, func(x *networking.Subset) bool { return x.GetName() == subset })
}

// saysUsed reports whether the rule that is used says the same.
func saysUsed(h *walk.Hop, c *flow.Cluster, d *networkingapi.DestinationRule) bool {
	if d.Spec.TrafficPolicy == nil && len(d.Spec.Subsets) == 0 {
		return true
	}
	if c.Rule.Rule == nil {
		return false
	}
	used := c.Rule.Rule.Sources[0]
	o, ok, _ := h.View.DestinationRules.Get(used.Namespace, used.Name)
	return ok && proto.Equal(o.Spec.TrafficPolicy, d.Spec.TrafficPolicy) && len(o.Spec.Subsets) == len(d.Spec.Subsets)
}
