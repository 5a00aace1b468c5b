package question

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
)

// nearGateways names what comes near where no gateway serves a host on a port: the gateways that serve it on another port, else hosts that
// are spelled alike, with the gateway of each. It is empty where nothing does.
func nearGateways(s *mesh.Snapshot, host string) string {
	var elsewhere []string
	hosts := map[string]string{} // host name to its gateway
	for _, h := range gatewayServices(s) {
		name := h.Ref.Name + "." + h.Namespace
		for _, p := range h.Ports {
			if serves(s, h, host, p.Number) {
				elsewhere = append(elsewhere, name+":"+strconv.Itoa(p.Number))
			}
		}
		for _, served := range servedHosts(s, h) {
			if hosts[served] == "" {
				hosts[served] = name
			}
		}
	}
	if len(elsewhere) > 0 {
		return fmt.Sprintf(" (it is served at %s)", strings.Join(elsewhere[:min(len(elsewhere), 3)], ", "))
	}
	if text := unserved(s, host); text != "" {
		return text
	}
	var names, near []string
	for name := range hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range suggest.Names(host, names, 3) {
		near = append(near, fmt.Sprintf("%s at %s", name, hosts[name]))
	}
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", strings.Join(near, ", "))
}

// unserved names the Gateway that has a server for a host, and no pod to serve it; empty where there is none.
func unserved(s *mesh.Snapshot, host string) string {
	pods, _ := s.Pods.All()
	gateways, _ := s.Gateways.All()
	for _, g := range gateways {
		selected := func(p *corev1.Pod) bool {
			return mesh.RoleOf(p) == mesh.GatewayProxy && mesh.Selects(g.Spec.Selector, p.Labels)
		}
		if slices.ContainsFunc(pods, selected) {
			continue
		}
		for _, x := range g.Spec.Servers {
			for _, h := range x.Hosts {
				if mesh.HostsOverlap(h[strings.LastIndexByte(h, '/')+1:], host) {
					return fmt.Sprintf(" (Gateway %s/%s has a server for it on port %d, but no gateway's pod has the labels %s: if one serves it, add its Deployment and its Service to what is read)",
						g.Namespace, g.Name, x.Port.GetNumber(), labels.FormatLabels(g.Spec.Selector))
				}
			}
		}
	}
	kubes, _ := s.KubeGateways.All()
	for _, g := range kubes {
		if slices.ContainsFunc(pods, func(p *corev1.Pod) bool {
			return p.Namespace == g.Namespace && p.Labels[mesh.GatewayNameLabel] == g.Name
		}) || !mesh.ManagedGateway(g) || !istios(s, g) {
			continue
		}
		for _, l := range g.Spec.Listeners {
			if l.Hostname == nil || mesh.HostsOverlap(string(*l.Hostname), host) {
				return fmt.Sprintf(" (Gateway %s/%s of the Gateway API has a listener for it on port %d, but no pods: see kubectl describe gateways.gateway.networking.k8s.io -n %s %s)",
					g.Namespace, g.Name, l.Port, g.Namespace, g.Name)
			}
		}
	}
	return ""
}

// istios reports whether Istio makes the pods of a Gateway.
func istios(s *mesh.Snapshot, g *gatewayv1.Gateway) bool {
	name := string(g.Spec.GatewayClassName)
	if c, there, _ := s.GatewayClasses.Get("", name); there {
		return c.Spec.ControllerName == "istio.io/gateway-controller"
	}
	return name == "istio"
}

// servedHosts are the host names of the servers that the gateways behind a Service open.
func servedHosts(s *mesh.Snapshot, h *mesh.Host) []string {
	pods, _ := s.Pods.In(h.Namespace)
	var out []string
	for _, p := range pods {
		if mesh.RoleOf(p) == mesh.GatewayProxy && slices.ContainsFunc(s.Targets(p), func(t mesh.Target) bool { return t.Host == h }) {
			out = append(out, hostsOf(gateway.Of(s.For(p), p))...)
		}
	}
	return out
}

// hostsOf are the host names of servers, without the namespaces that may stand before them and without those that stand for any host.
func hostsOf(view *gateway.View) []string {
	var out []string
	for _, port := range view.Ports {
		for _, c := range port.Chains {
			for _, x := range c.Servers {
				for _, host := range x.Hosts {
					if name := host[strings.LastIndexByte(host, '/')+1:]; name != "*" {
						out = append(out, name)
					}
				}
			}
		}
	}
	return out
}
