package enforcement

import (
	"slices"

	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

// place is the waypoint as a place of enforcement. Behind a gateway that sends through it, it sees the gateway.
func (r route) place(rules []Rule) Place {
	p := Place{Point: Waypoint, At: r.target.Gateway, Ways: r.ways, Rules: rules}
	if r.target.Host != nil {
		p.For = r.target.Host.Ref
	}
	if slices.Contains(r.ways, ByGateway) {
		p.Behind = []Way{ByGateway}
	}
	return p
}

// here is the pod's own proxy as a place. Every connection passes it, but for plaintext that an annotation lets in past ztunnel; on those
// that come through a waypoint or a gateway, that is the peer.
func (b *builder) here(point Point, rules []Rule) Place {
	p := Place{Point: point, At: b.out.Pod, Ways: Ways(), Behind: []Way{ByGateway}, Rules: rules}
	if point == Ztunnel && capture.Inbound(b.out.Capture, b.pod, nil, false).Way == capture.Around {
		p.Ways = slices.DeleteFunc(p.Ways, func(w Way) bool { return w == Plaintext })
	}
	for _, w := range []Way{ByService, ByAddress} {
		if slices.ContainsFunc(b.routes, func(r route) bool { return slices.Contains(r.ways, w) }) {
			p.Behind = append(p.Behind, w)
		}
	}
	return p
}

// aim is what a policy is written for.
type aim struct {
	selector *typeapi.WorkloadSelector
	targets  []*typeapi.PolicyTargetReference
	dry      bool // it is only logged
}

func aimOf(selector *typeapi.WorkloadSelector, single *typeapi.PolicyTargetReference, targets []*typeapi.PolicyTargetReference) aim {
	if len(targets) == 0 && single != nil {
		targets = []*typeapi.PolicyTargetReference{single}
	}
	return aim{selector: selector, targets: targets}
}

// means reports whether a policy looks as if it meant the workload: by its selector, or by a target that is a Service of it, or the
// waypoint of one, whether that can be used or not.
func (b *builder) means(ref mesh.Ref, a aim) bool {
	if len(a.targets) == 0 {
		if b.selectsWaypoint(ref, a) {
			return true
		}
		if b.pod == nil {
			return false
		}
		if ref.Namespace != b.pod.Namespace && ref.Namespace != b.own.Config.RootNamespace {
			return false // looked at for its targets only
		}
		return mesh.Selects(a.selector.GetMatchLabels(), b.pod.Labels)
	}
	return slices.ContainsFunc(a.targets, func(t *typeapi.PolicyTargetReference) bool {
		switch t.GetKind() {
		case "Service", "ServiceEntry":
			_, named := b.named(ref, t)
			return named
		case "Gateway":
			_, bound := b.gateway(ref, t)
			return bound
		}
		return t.GetKind() == "GatewayClass" && (b.captured() || b.pod == nil)
	})
}

// selectsWaypoint reports whether a policy selects the pods of a waypoint on a way to the workload, and not the workload: it was written for what goes
// through it, and a waypoint goes by targetRefs alone.
func (b *builder) selectsWaypoint(ref mesh.Ref, a aim) bool {
	labels := a.selector.GetMatchLabels()
	if len(labels) == 0 || len(a.targets) > 0 || b.pod != nil && mesh.Selects(labels, b.pod.Labels) {
		return false
	}
	return slices.ContainsFunc(b.routes, func(r route) bool {
		w := r.target.Gateway
		if ref.Namespace != w.Namespace && ref.Namespace != b.ztunnels.Config.RootNamespace {
			return false
		}
		pods, _ := b.s.Pods.In(w.Namespace)
		return slices.ContainsFunc(pods, func(p *corev1.Pod) bool {
			return p.Labels[mesh.GatewayNameLabel] == w.Name && mesh.Selects(labels, p.Labels)
		})
	})
}

// named finds the Service of the workload that a target means.
func (b *builder) named(ref mesh.Ref, t *typeapi.PolicyTargetReference) (Service, bool) {
	for _, x := range b.out.Services {
		if string(x.Host.Ref.Kind) == t.GetKind() && x.Host.Ref.Name == t.GetName() && (t.GetNamespace() == x.Host.Namespace || t.GetNamespace() == "" && ref.Namespace == x.Host.Namespace) {
			return x, true
		}
	}
	return Service{}, false
}

// gateway finds the Service of the workload whose waypoint a target means, whether that can be used or not; also by a policy in a namespace that has
// no Gateway of the name, where no waypoint looks.
func (b *builder) gateway(ref mesh.Ref, t *typeapi.PolicyTargetReference) (Service, bool) {
	i := slices.IndexFunc(b.out.Services, func(x Service) bool {
		g := x.Binding.Gateway
		if t.GetKind() != "Gateway" || g.Name == "" || g.Name != t.GetName() {
			return false
		}
		_, taken, _ := b.s.KubeGateways.Get(ref.Namespace, g.Name)
		return g.Namespace == t.GetNamespace() || t.GetNamespace() == "" && (g.Namespace == ref.Namespace || !taken)
	})
	if i < 0 {
		return Service{}, false
	}
	return b.out.Services[i], true
}

// unbound is why the target of a policy leads to no waypoint; empty where the policy has none, or does lead to one.
func (b *builder) unbound(ref mesh.Ref, a aim) (precedence.LossReason, mesh.Ref) {
	at := ref.At("spec.targetRefs")
	for _, t := range a.targets {
		x, named := b.named(ref, t)
		bound, isGateway := b.gateway(ref, t)
		switch {
		case isGateway && bound.Binding.Waypoint == nil:
			return bound.Binding.Why, firstField(bound.Binding.Refused, bound.Binding.Label)
		case isGateway && bound.Binding.Gateway.Namespace != ref.Namespace:
			return waypoint.ForeignTarget, at
		case isGateway && bound.Undialled != "":
			if x, out := b.keptOut(); out {
				return x.Binding.Why, x.Binding.Label
			}
			return withoutAddress(bound.Host)
		case named && ref.Namespace != x.Host.Namespace:
			return waypoint.ForeignTarget, at
		case named && x.Undialled != "":
			return withoutAddress(x.Host)
		case named && x.Binding.Why == waypoint.NotAsked:
			if x.Host.Entry != nil {
				return EntryUnbound, x.Host.Ref.At("metadata.labels[istio.io/use-waypoint]")
			}
			return ServiceUnbound, x.Host.Ref.At("metadata.labels[istio.io/use-waypoint]")
		case named && x.Binding.Waypoint == nil:
			return x.Binding.Why, firstField(x.Binding.Refused, x.Binding.Label, x.Host.Ref)
		case t.GetKind() == "GatewayClass" && ref.Namespace != b.ztunnels.Config.RootNamespace:
			return waypoint.ForeignTarget, at
		}
	}
	if len(a.targets) > 0 {
		return NoWaypoint, at
	}
	return "", mesh.Ref{}
}

// keptOut finds a Service that clients dial, and whose own label keeps it from the waypoint of its namespace.
func (b *builder) keptOut() (Service, bool) {
	i := slices.IndexFunc(b.out.Services, func(x Service) bool { return x.Undialled == "" && x.Binding.Why == waypoint.AskedForNone })
	if i < 0 {
		return Service{}, false
	}
	return b.out.Services[i], true
}

// ServiceUnbound is why a policy for a Service is enforced by nobody: no waypoint is asked for.
const ServiceUnbound precedence.LossReason = "ServiceUnbound"

// EntryUnbound is the same of a policy for a ServiceEntry.
const EntryUnbound precedence.LossReason = "EntryUnbound"

// HostWithoutAddress is why a policy for a headless Service is enforced by nobody: clients dial the pods.
const HostWithoutAddress precedence.LossReason = "HostWithoutAddress"

// EntryWithoutAddress is why a policy for a ServiceEntry is enforced by nobody: ztunnel does not know what its clients dial.
const EntryWithoutAddress precedence.LossReason = "EntryWithoutAddress"

// withoutAddress is why clients of a host dial no address that ztunnel would send to a waypoint.
func withoutAddress(h *mesh.Host) (precedence.LossReason, mesh.Ref) {
	if h.Entry != nil {
		return EntryWithoutAddress, h.Ref.At("spec.addresses")
	}
	return HostWithoutAddress, h.Ref.At("spec.clusterIP")
}

func firstField(refs ...mesh.Ref) mesh.Ref {
	i := slices.IndexFunc(refs, func(r mesh.Ref) bool { return !r.IsZero() })
	return refs[i]
}
