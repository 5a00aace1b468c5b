package routing

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// subsetElsewhere: the subset that the request is sent to is defined, but by a DestinationRule that this client does not use.
func subsetElsewhere(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		c := h.Left.Cluster
		if c == nil || !h.Ends(flow.SubsetUndefined) || !h.View.DestinationRules.Known() {
			continue
		}
		for _, x := range precedence.RuleCandidates(h.View, h.Client(), c.Host, c.Rule) {
			d, ok, _ := h.View.DestinationRules.Get(x.Ref.Namespace, x.Ref.Name)
			if !ok || !defines(d, c.Subset) {
				continue
			}
			at := x.Ref.Object().At("spec.subsets")
			switch x.Why {
			case precedence.NotExported:
				out = append(out, walk.Found(SubsetNotExported, x.Ref, c.Subset, h.Pod.Namespace))
			case precedence.ThirdNamespace:
				out = append(out, walk.Found(SubsetInThirdNamespace, at, c.Subset, h.Pod.Namespace, c.Host.Namespace, h.View.Config.RootNamespace))
			case precedence.ClientFirst, precedence.ServiceFirst, precedence.LessSpecific, precedence.Superseded, precedence.OtherWorkload:
				if c.Rule.Rule != nil {
					out = append(out, walk.Found(SubsetDisplaced, at, c.Subset, c.Rule.Rule.Sources[0].ID()))
				}
			}
		}
	}
	return out
}

func defines(d *networkingapi.DestinationRule, subset string) bool {
	return slices.ContainsFunc(d.Spec.Subsets, func(s *networking.Subset) bool { return s.GetName() == subset })
}
