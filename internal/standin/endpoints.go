package standin

import (
	"net/netip"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// slicesOf makes EndpointSlices of Endpoints, as the cluster's endpointslice-mirroring controller does: one for each subset and family of
// addresses.
func slicesOf(e *corev1.Endpoints) []metav1.Object { //nolint:staticcheck // people's files have them
	var out []metav1.Object
	for i, subset := range e.Subsets {
		for _, family := range []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6} {
			s := &discoveryv1.EndpointSlice{AddressType: family}
			s.Namespace, s.Name = e.Namespace, e.Name+"-"+strconv.Itoa(i)+"-"+string(family)
			s.CreationTimestamp = e.CreationTimestamp
			s.Labels = map[string]string{discoveryv1.LabelServiceName: e.Name}
			for _, p := range subset.Ports {
				s.Ports = append(s.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &p.Port, Protocol: &p.Protocol, AppProtocol: p.AppProtocol})
			}
			add := func(addresses []corev1.EndpointAddress, ready bool) {
				for _, a := range addresses {
					if ip, err := netip.ParseAddr(a.IP); err != nil || ip.Is4() != (family == discoveryv1.AddressTypeIPv4) {
						continue
					}
					s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{a.IP}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
						TargetRef: a.TargetRef, NodeName: a.NodeName})
				}
			}
			add(subset.Addresses, true)
			add(subset.NotReadyAddresses, false)
			if len(s.Endpoints) > 0 {
				out = append(out, s)
			}
		}
	}
	return out
}
