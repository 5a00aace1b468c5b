package question

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/ingress"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// onlyGateway finds the gateway that serves the host for a client outside that names none.
func (q Question) onlyGateway(s *mesh.Snapshot, r *flow.Request) error {
	if _, err := netip.ParseAddr(r.Host); err == nil || len(s.ServicesOutside(r.Host)) > 0 {
		return nil
	}
	var found []*mesh.Host
	host := strings.ToLower(config.StripPort(r.Authority))
	for _, h := range gatewayServices(s) {
		if serves(s, h, host, r.Port) {
			found = append(found, h)
		}
	}
	switch len(found) {
	case 1:
		r.Via = &flow.Via{Name: found[0].Name}
		return nil
	case 0:
		if q.servedOutside(s, r) || ingressGateway(s, r, host) {
			return nil
		}
		return fmt.Errorf("no gateway serves host %q on port %d%s; name the one that the client calls: --via NAME.NAMESPACE[:PORT]", host, r.Port, nearGateways(s, host))
	}
	var names []string
	for _, h := range found {
		names = append(names, h.Ref.Name+"."+h.Namespace)
	}
	return fmt.Errorf("several gateways serve host %q: %s; say which one with --via", host, strings.Join(names, ", "))
}

// ingressGateway takes the gateway that serves Ingresses for a host which one names and no gateway serves: whoever wrote it expects that one to
// answer.
func ingressGateway(s *mesh.Snapshot, r *flow.Request, host string) bool {
	list, _ := s.Ingresses.All()
	if !slices.ContainsFunc(list, func(x *networkingv1.Ingress) bool { return ingress.Names(x, host) }) {
		return false
	}
	var found []*mesh.Host
	pods, _ := s.Pods.All()
	for _, h := range gatewayServices(s) {
		if !slices.ContainsFunc(pods, func(p *corev1.Pod) bool {
			return p.Namespace == h.Namespace && mesh.Selects(h.Selector, p.Labels) && mesh.Selects(s.Config.IngressSelector(), p.Labels)
		}) {
			continue
		}
		if slices.ContainsFunc(h.Ports, func(p mesh.Port) bool { return p.Number == r.Port }) {
			found = append(found, h)
		}
	}
	if len(found) != 1 {
		return false
	}
	r.Via = &flow.Via{Name: found[0].Name}
	return true
}

// servedOutside makes a Service that the question names, and that clients outside can dial, what they dial.
func (q Question) servedOutside(s *mesh.Snapshot, r *flow.Request) bool {
	targets, found, _ := dns.Lookup(s, q.Namespace, false, r.Host, r.Port)
	if !found || targets[0].Host == nil || targets[0].Host.Service == nil || !targets[0].Host.Outside() {
		return false
	}
	r.Via = &flow.Via{Name: targets[0].Host.Name}
	return true
}

// gatewayServices lists the Services that some gateway's pod is behind.
func gatewayServices(s *mesh.Snapshot) []*mesh.Host {
	var out []*mesh.Host
	seen := map[*mesh.Host]bool{}
	pods, _ := s.Pods.All()
	for _, p := range pods {
		if mesh.RoleOf(p) != mesh.GatewayProxy {
			continue
		}
		for _, t := range s.Targets(p) {
			if !seen[t.Host] && t.Host.Kube && len(t.Host.Addresses) > 0 {
				seen[t.Host] = true
				out = append(out, t.Host)
			}
		}
	}
	return out
}

// opens reports whether a port of a Service is open on the nodes as another one.
func opens(h *mesh.Host, number, nodePort int) bool {
	return slices.ContainsFunc(h.Service.Spec.Ports, func(p corev1.ServicePort) bool { return int(p.Port) == number && int(p.NodePort) == nodePort })
}

// serves reports whether a gateway behind a Service has a server for the host on the port.
func serves(s *mesh.Snapshot, h *mesh.Host, host string, port int) bool {
	pods, _ := s.Pods.In(h.Namespace)
	for _, p := range pods {
		if mesh.RoleOf(p) != mesh.GatewayProxy {
			continue
		}
		view := gateway.Of(s.For(p), p)
		for _, t := range s.Targets(p) {
			if t.Host == h && (t.Port.Number == port || opens(h, t.Port.Number, port)) && view.Ports[t.Number] != nil && view.Ports[t.Number].Serves(host) {
				return true
			}
		}
	}
	return false
}
