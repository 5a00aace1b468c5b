package enforcement

import (
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// networkPolicies: Kubernetes' own policies cut connections below the mesh, and are not part of the prediction. It is told where some select
// a pod on the way, and none of their rules seems to let this connection through; what cannot be judged counts as let through.
// What comes in an HBONE tunnel comes to its port, whatever port is called.
func networkPolicies(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Hops {
		if h.From == nil || h.Pod != nil && h.Pod == h.From.Pod {
			continue
		}
		c := connection{s: w.Snapshot, from: h.From.Pod, to: h.Pod, source: h.In.Wire.Source, target: h.In.Wire.IP, port: h.Port}
		if h.In.Wire.Tunnelled() {
			c.port = waypoint.HBONEPort
		}
		if at, ok := c.cut(h.Pod, networkingv1.PolicyTypeIngress); ok {
			out = append(out, walk.Found(NetworkPolicyMayCut, at.At("spec.ingress"), mesh.PodRef(h.Pod).ID(), "ingress", strconv.Itoa(c.port), c.peer(c.from, c.source)))
		}
		if at, ok := c.cut(h.From.Pod, networkingv1.PolicyTypeEgress); ok {
			out = append(out, walk.Found(NetworkPolicyMayCut, at.At("spec.egress"), mesh.PodRef(h.From.Pod).ID(), "egress", strconv.Itoa(c.port), c.peer(c.to, c.target)))
		}
	}
	return out
}

// connection is one from a pod or an address to another.
type connection struct {
	s              *mesh.Snapshot
	from, to       *corev1.Pod // nil for what is no pod
	source, target netip.Addr
	port           int
}

func (c connection) peer(pod *corev1.Pod, ip netip.Addr) string {
	switch {
	case pod != nil:
		return mesh.PodRef(pod).ID()
	case ip.IsValid():
		return ip.String()
	}
	return ""
}

// cut finds a policy that selects the pod for a direction where none of those that do let the connection through. Pods in their node's
// network are not subject to any.
func (c connection) cut(pod *corev1.Pod, direction networkingv1.PolicyType) (mesh.Ref, bool) {
	if pod == nil || pod.Spec.HostNetwork {
		return mesh.Ref{}, false
	}
	list, gaps := c.s.NetworkPolicies.In(pod.Namespace)
	if len(gaps) > 0 {
		return mesh.Ref{}, false
	}
	var first mesh.Ref
	for _, p := range list {
		if !acts(p, direction) || !matches(&p.Spec.PodSelector, pod.Labels) {
			continue
		}
		if c.lets(p, direction) {
			return mesh.Ref{}, false
		}
		if first.IsZero() {
			first = mesh.Ref{Kind: mesh.NetworkPolicy, Namespace: p.Namespace, Name: p.Name}
		}
	}
	return first, !first.IsZero()
}

// acts: without policyTypes a policy is for ingress, and for egress if it has egress rules (Kubernetes: NetworkPolicySpec).
func acts(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) bool {
	if len(p.Spec.PolicyTypes) == 0 {
		return direction == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
	}
	return slices.Contains(p.Spec.PolicyTypes, direction)
}

// lets reports whether some rule of a policy lets the connection through.
func (c connection) lets(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) bool {
	if direction == networkingv1.PolicyTypeIngress {
		return slices.ContainsFunc(p.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool {
			return c.ports(r.Ports) && c.peers(r.From, p.Namespace, c.from, c.source)
		})
	}
	return slices.ContainsFunc(p.Spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool {
		return c.ports(r.Ports) && c.peers(r.To, p.Namespace, c.to, c.target)
	})
}

// ports compares the port of the pod that is called. A named port may be any that the pod names so.
func (c connection) ports(list []networkingv1.NetworkPolicyPort) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(p networkingv1.NetworkPolicyPort) bool {
		switch {
		case p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP:
			return false
		case p.Port == nil:
			return true
		case p.Port.StrVal != "":
			return true
		case p.EndPort != nil:
			return c.port >= int(p.Port.IntVal) && c.port <= int(*p.EndPort)
		}
		return c.port == int(p.Port.IntVal)
	})
}

// peers compares the other side.
func (c connection) peers(list []networkingv1.NetworkPolicyPeer, namespace string, pod *corev1.Pod, ip netip.Addr) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(p networkingv1.NetworkPolicyPeer) bool {
		switch {
		case p.IPBlock != nil:
			return !ip.IsValid() || inBlock(p.IPBlock, ip)
		case pod == nil:
			return !ip.IsValid()
		case p.NamespaceSelector == nil && pod.Namespace != namespace:
			return false
		}
		if p.NamespaceSelector != nil {
			if ns, ok, _ := c.s.Namespaces.Get("", pod.Namespace); ok && !matches(p.NamespaceSelector, ns.Labels) {
				return false
			}
		}
		return p.PodSelector == nil || matches(p.PodSelector, pod.Labels)
	})
}

func inBlock(b *networkingv1.IPBlock, ip netip.Addr) bool {
	in := func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		return err == nil && p.Contains(ip)
	}
	return in(b.CIDR) && !slices.ContainsFunc(b.Except, in)
}

// matches reports whether a selector fits; one that does not parse fits nothing.
func matches(selector *metav1.LabelSelector, own map[string]string) bool {
	m, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && m.Matches(labels.Set(own))
}
