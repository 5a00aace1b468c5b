package reach

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	typeapi "istio.io/api/type/v1beta1"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// destinations lists the ports that a change bears on, the question's own first.
func (m *Measure) destinations(after *mesh.Snapshot, changed []mesh.Ref) (out []destination, bounded bool) {
	add := func(h *mesh.Host) {
		if h == nil || !h.Kube {
			return
		}
		for _, p := range h.Ports {
			d := m.destination(h, p)
			if d.Protocol.Class() == mesh.ClassNone || slices.ContainsFunc(out, func(x destination) bool { return x.Destination == d.Destination }) {
				continue
			}
			if len(out) == maxDestinations {
				bounded = true
				return
			}
			out = append(out, d)
		}
	}
	if m.q.Via != nil || m.q.Source == nil {
		out = append(out, destination{via: true})
	}
	for _, h := range m.way {
		add(h)
	}
	for _, ref := range changed {
		for _, s := range []*mesh.Snapshot{m.s, after} {
			for _, h := range touchedBy(s, ref) {
				add(h)
			}
		}
	}
	return out, bounded
}

func touchedBy(s *mesh.Snapshot, ref mesh.Ref) []*mesh.Host {
	o, ok := s.Object(ref)
	if !ok {
		return nil
	}
	return hostsTouched(s, o)
}

// onTheWay are the Services that the request goes to.
func (m *Measure) onTheWay() []*mesh.Host {
	var out []*mesh.Host
	if m.q.Via == nil && !m.q.Outside() {
		if targets, found, _ := dns.Lookup(m.s, m.q.Namespace(), false, m.q.Host, m.q.Port); found && targets[0].Host != nil {
			out = append(out, targets[0].Host)
		}
	}
	m.root.Each(func(n *flow.Node, _ *flow.Result) {
		if c := n.Left.Cluster; c != nil && !slices.Contains(out, c.Host) {
			out = append(out, c.Host)
		}
		if n.Role == flow.ServerSidecar && n.Flow.Pod != nil && len(out) == 0 {
			for _, t := range m.s.Targets(n.Flow.Pod) {
				if t.Number == n.Flow.Wire.Port {
					out = append(out, t.Host)
				}
			}
		}
	})
	return out
}

// destination is a port of a Service, with the address of a pod behind it.
func (m *Measure) destination(h *mesh.Host, p mesh.Port) destination {
	d := destination{Destination: matrix.Destination{Namespace: h.Namespace, Name: h.Ref.Name, Port: p.Number, Protocol: p.Protocol}}
	eps, _ := m.s.Endpoints(h, p)
	for _, e := range eps {
		if e.Pod == nil || !e.Ready {
			continue
		}
		for _, a := range mesh.Addresses(e.Pod) {
			d.ip, d.port = a, e.Port
			return d
		}
	}
	return d
}

// hostsTouched are the hosts whose requests an object bears on.
func hostsTouched(s *mesh.Snapshot, o metav1.Object) []*mesh.Host {
	switch x := o.(type) {
	case *securityapi.AuthorizationPolicy:
		if refs := x.Spec.GetTargetRefs(); len(refs) > 0 {
			return hostsAimedAt(s, x.Namespace, refs)
		}
		return hostsOfPods(s, x.Namespace, x.Spec.GetSelector().GetMatchLabels())
	case *securityapi.PeerAuthentication:
		return hostsOfPods(s, x.Namespace, x.Spec.GetSelector().GetMatchLabels())
	case *securityapi.RequestAuthentication:
		if refs := x.Spec.GetTargetRefs(); len(refs) > 0 {
			return hostsAimedAt(s, x.Namespace, refs)
		}
		return hostsOfPods(s, x.Namespace, x.Spec.GetSelector().GetMatchLabels())
	case *networkingapi.DestinationRule:
		return hostsLike(s, mesh.ResolveHost(x.Spec.Host, x.Namespace))
	case *networkingapi.VirtualService:
		var out []*mesh.Host
		for _, h := range x.Spec.Hosts {
			out = append(out, hostsLike(s, mesh.ResolveHost(h, x.Namespace))...)
		}
		return out
	case *networkingapi.Sidecar:
		all, _ := s.Hosts()
		return all
	case *gatewayv1.Gateway:
		hosts, _ := waypoint.HostsOf(s.ForZtunnels(), mesh.RefTo(x))
		return hosts
	case *corev1.Service:
		return s.HostsNamed(mesh.ServiceHost(x.Name, x.Namespace))
	}
	return nil
}

// hostsAimedAt are the hosts that targetRefs name, or those of the waypoint that they name.
func hostsAimedAt(s *mesh.Snapshot, namespace string, refs []*typeapi.PolicyTargetReference) []*mesh.Host {
	var out []*mesh.Host
	for _, r := range refs {
		switch r.GetKind() {
		case "Service":
			out = append(out, s.HostsNamed(mesh.ServiceHost(r.GetName(), namespace))...)
		case "Gateway":
			hosts, _ := waypoint.HostsOf(s.ForZtunnels(), mesh.Ref{Kind: mesh.KubeGateway, Namespace: namespace, Name: r.GetName()})
			out = append(out, hosts...)
		}
	}
	return out
}

// hostsLike are the hosts that a name of a rule stands for.
func hostsLike(s *mesh.Snapshot, name string) []*mesh.Host {
	if !mesh.IsWild(name) {
		return s.HostsNamed(name)
	}
	all, _ := s.Hosts()
	return slices.DeleteFunc(slices.Clone(all), func(h *mesh.Host) bool { return !mesh.HostsOverlap(h.Name, name) })
}

// hostsOfPods are the Services that send to the pods that a policy selects.
func hostsOfPods(s *mesh.Snapshot, namespace string, labels map[string]string) []*mesh.Host {
	pods, _ := s.Pods.In(namespace)
	if namespace == s.Config.RootNamespace {
		pods, _ = s.Pods.All()
	}
	var out []*mesh.Host
	for _, p := range pods {
		if !mesh.Selects(labels, p.Labels) {
			continue
		}
		for _, t := range s.Targets(p) {
			if !slices.Contains(out, t.Host) {
				out = append(out, t.Host)
			}
		}
		if len(out) > maxDestinations {
			break
		}
	}
	return out
}
