package listeners

import (
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// servicesOf lists the host names of the Services that a Gateway serves; it is not ok where none of its addresses names one. A Service
// counts only in the Gateway's own namespace (pilot/pkg/config/kube/gateway/conversion.go, extractGatewayServices;
// pilot/pkg/model/push_context.go, mergeGateways).
func (g *listening) servicesOf(gw *gatewayv1.Gateway) (services []string, ok bool) {
	if mesh.ManagedGateway(gw) {
		name := gw.Annotations["gateway.istio.io/name-override"]
		if name == "" {
			name = gw.Name + "-" + string(gw.Spec.GatewayClassName)
		}
		return []string{mesh.ServiceHost(name, gw.Namespace)}, true
	}
	services = []string{}
	for _, a := range gw.Spec.Addresses {
		if ptr.Deref(a.Type, gatewayv1.IPAddressType) != gatewayv1.HostnameAddressType {
			continue
		}
		ok = true
		host := mesh.ResolveHost(a.Value, gw.Namespace)
		for _, h := range g.Snapshot.HostsNamed(host) {
			if h.Namespace == gw.Namespace {
				services = append(services, host)
				break
			}
		}
	}
	return services, ok
}
