package mesh

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// outerKey is for what a Service is dialled by from outside of the cluster.
type outerKey struct{}

// ServicesOutside returns the Services that clients outside of the cluster dial by an address or a name: that of their load balancer
// (status.loadBalancer), one of spec.externalIPs, or one that a Gateway of the Gateway API says it has (status.addresses) and that is behind
// the Service. Balancers may share an address among Services of different ports.
func (s *Snapshot) ServicesOutside(address string) []*Host {
	index := Derive(s, outerKey{}, func() map[string][]*Host {
		m := map[string][]*Host{}
		hosts, _ := s.Hosts()
		for _, h := range hosts {
			for _, address := range s.outerNames(h) {
				if !slices.Contains(m[address], h) {
					m[address] = append(m[address], h)
				}
			}
		}
		return m
	})
	return index[outerName(address)]
}

// outerNames lists the addresses and names by which clients outside dial a host.
func (s *Snapshot) outerNames(h *Host) []string {
	if h.Service == nil || h.Resolution == Alias {
		return nil
	}
	out := slices.Clone(h.Service.Spec.ExternalIPs)
	for _, in := range h.Service.Status.LoadBalancer.Ingress {
		out = append(out, in.IP, in.Hostname)
	}
	if name := h.Service.Labels[GatewayNameLabel]; name != "" && h.Service.Spec.Type != corev1.ServiceTypeClusterIP {
		if g, ok, _ := s.KubeGateways.Get(h.Namespace, name); ok {
			for _, a := range g.Status.Addresses {
				out = append(out, a.Value)
			}
		}
	}
	for i := range out {
		out[i] = outerName(out[i])
	}
	return slices.DeleteFunc(out, func(address string) bool { return address == "" })
}

func outerName(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil {
		return ip.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(address, "."))
}

// ByNodePort returns the Service that has a port open on every node, and the number of that port of the Service; nil where none has.
func (s *Snapshot) ByNodePort(port int) (h *Host, number int) {
	hosts, _ := s.Hosts()
	for _, h := range hosts {
		if h.Service == nil {
			continue
		}
		for _, p := range h.Service.Spec.Ports {
			if int(p.NodePort) == port && port != 0 {
				return h, int(p.Port)
			}
		}
	}
	return nil, 0
}

// NodeAt returns the node that has an IP address: its status says so, or a pod's does that runs there. Where Nodes were not read, or none tells of
// its addresses, gaps say that it may be one's.
func (s *Snapshot) NodeAt(ip netip.Addr) (name string, ok bool, gaps []Gap) {
	nodes, gaps := s.Nodes.All()
	told := false
	for _, n := range nodes {
		for _, a := range n.Status.Addresses {
			told = told || a.Type == corev1.NodeInternalIP || a.Type == corev1.NodeExternalIP
			if x, err := netip.ParseAddr(a.Address); err == nil && x == ip {
				return n.Name, true, nil
			}
		}
	}
	pods, _ := s.Pods.All()
	for _, p := range pods {
		if x, err := netip.ParseAddr(p.Status.HostIP); err == nil && x == ip {
			return p.Spec.NodeName, true, nil
		}
	}
	if !told && len(gaps) == 0 {
		gaps = []Gap{{Kind: Node, Cause: External, Detail: "whether a node has the address " + ip.String()}}
	}
	return "", false, gaps
}

// Outside reports whether clients outside of the cluster can dial the host: a Service of type LoadBalancer or NodePort, or with external IPs.
func (h *Host) Outside() bool {
	if h.Service == nil {
		return false
	}
	spec := h.Service.Spec
	return spec.Type == corev1.ServiceTypeLoadBalancer || spec.Type == corev1.ServiceTypeNodePort || len(spec.ExternalIPs) > 0
}

// Conceals reports whether what comes from outside through the Service arrives with a node's address in place of the client's: kube-proxy puts it
// there unless externalTrafficPolicy is Local (Kubernetes, Preserving the client source IP).
func (h *Host) Conceals() bool {
	return h.Outside() && h.Service.Spec.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal
}

// ManagedGateway reports whether Istio makes the pods and the Service of a Gateway of its class: where it has no addresses, or one IP address for its
// Service (pilot/pkg/config/kube/gatewaycommon/gateway_utils.go, IsManaged).
func ManagedGateway(gw *gatewayv1.Gateway) bool {
	a := gw.Spec.Addresses
	return len(a) == 0 || len(a) == 1 && (a[0].Type == nil || *a[0].Type == gatewayv1.IPAddressType)
}
