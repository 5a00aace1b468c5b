package findings

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// subsetElsewhere: the subset that the request is sent to is defined, but by a DestinationRule that this client does not use.
func subsetElsewhere(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		c := h.left.Cluster
		if c == nil || !h.ends(flow.SubsetUndefined) || !h.view.DestinationRules.Known() {
			continue
		}
		for _, x := range precedence.RuleCandidates(h.view, h.client(), c.Host, c.Rule) {
			d, ok, _ := h.view.DestinationRules.Get(x.Ref.Namespace, x.Ref.Name)
			if !ok || !defines(d, c.Subset) {
				continue
			}
			at := x.Ref.Object().At("spec.subsets")
			switch x.Why {
			case precedence.NotExported:
				out = append(out, found(SubsetNotExported, x.Ref, c.Subset, h.pod.Namespace))
			case precedence.ThirdNamespace:
				out = append(out, found(SubsetInThirdNamespace, at, c.Subset, h.pod.Namespace, c.Host.Namespace, h.view.Config.RootNamespace))
			case precedence.ClientFirst, precedence.ServiceFirst, precedence.LessSpecific, precedence.Superseded, precedence.OtherWorkload:
				if c.Rule.Rule != nil {
					out = append(out, found(SubsetDisplaced, at, c.Subset, c.Rule.Rule.Sources[0].ID()))
				}
			}
		}
	}
	return out
}

func defines(d *networkingapi.DestinationRule, subset string) bool {
	return slices.ContainsFunc(d.Spec.Subsets, func(s *networking.Subset) bool { return s.GetName() == subset })
}

// missingSubset: another route of the VirtualService that has the request names a subset that is not defined for this client. The one
// that takes the request is the verdict's affair.
func missingSubset(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		if h.left.VHost == nil || !h.view.DestinationRules.Known() {
			continue
		}
		for _, r := range h.left.VHost.Routes {
			if r.VS.GatewayAPI || h.left.Route != nil && h.left.Route.Route != nil && h.left.Route.Route.HTTP.Ref == r.HTTP.Ref {
				continue
			}
			for i, d := range r.HTTP.Route {
				if d.GetDestination().GetSubset() == "" || len(r.HTTP.Route) > 1 && d.Weight == 0 {
					continue
				}
				host := h.left.Scope.Host(d.Destination.Host)
				if host == nil {
					continue
				}
				rule := precedence.DestinationRule(h.view, h.client(), host).Rule
				if _, ok := rule.Subset(d.Destination.Subset); !ok {
					at := under(r.HTTP.Ref, "route["+itoa(i)+"].destination.subset")
					out = append(out, found(RouteSubsetMissing, at, d.Destination.Subset, host.Name, subsets(rule)))
				}
			}
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

// httpRoutesOnTCP: routes for HTTP have no effect on a host of which no port is read as HTTP.
func httpRoutesOnTCP(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.sidecars() {
		host := h.host()
		if h.left.L7 || host == nil || slices.ContainsFunc(host.Ports, func(p mesh.Port) bool { return p.Protocol.Class() != mesh.ClassTCP }) {
			continue
		}
		port, ok := host.Port(h.left.Dial.Port)
		if !ok {
			continue
		}
		for _, v := range routing.VirtualServices(h.view) {
			only := len(v.HTTP) > 0 && len(v.TLS) == 0 && len(v.TCP) == 0
			if only && !v.GatewayAPI && slices.Contains(v.Gateways, config.MeshGateway) && v.VisibleTo(h.pod.Namespace) && h.near(v.Namespace) &&
				slices.Contains(v.Hosts, strings.ToLower(host.Name)) {
				out = append(out, found(HTTPRoutesOnTCPPort, v.Ref.At("spec.http"), host.Ref.ID(), itoa(port.Number), string(port.Protocol)))
			}
		}
	}
	return out
}
