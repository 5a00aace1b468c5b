package gatewayapi

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Istio's controllers of classes (pilot/pkg/config/kube/gatewaycommon/classinfo.go). Those that are off by default, for Gateways
// between networks and for agentgateway, are left out.
const (
	gatewayController  = "istio.io/gateway-controller"
	remoteController   = "istio.io/unmanaged-gateway"
	waypointController = "istio.io/mesh-controller"
)

// builtinClasses are the classes that need no object.
var builtinClasses = map[string]string{"istio": gatewayController, "istio-remote": remoteController, "istio-waypoint": waypointController}

// controllerOf finds the controller that serves a class; empty where that is none of Istio's. An object of another controller does
// not take the name of a built-in class away (gatewayclass_collection.go, FetchGatewayClass).
func (g *gatewayAPI) controllerOf(class gatewayv1.ObjectName) string {
	c, found, gaps := g.s.GatewayClasses.Get("", string(class))
	if found {
		switch name := string(c.Spec.ControllerName); name {
		case gatewayController, remoteController, waypointController:
			return name
		}
	}
	builtin := builtinClasses[string(class)]
	if builtin == "" {
		g.unread(gaps)
	}
	return builtin
}

// managed tells a Gateway whose pods and Service Istio makes: one without addresses, or with one IP address for its Service
// (gateway_utils.go, IsManaged).
func managed(gw *gatewayv1.Gateway) bool {
	a := gw.Spec.Addresses
	return len(a) == 0 || len(a) == 1 && ptr.Deref(a[0].Type, gatewayv1.IPAddressType) == gatewayv1.IPAddressType
}

// servicesOf lists the host names of the Services that a Gateway serves; it is not ok where none of its addresses names one. A Service
// counts only in the Gateway's own namespace (pilot/pkg/config/kube/gateway/conversion.go, extractGatewayServices;
// pilot/pkg/model/push_context.go, mergeGateways).
func (g *gatewayAPI) servicesOf(gw *gatewayv1.Gateway) (services []string, ok bool) {
	if managed(gw) {
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
		for _, h := range g.s.HostsNamed(host) {
			if h.Namespace == gw.Namespace {
				services = append(services, host)
				break
			}
		}
	}
	return services, ok
}

// foreignWaypoint tells a Service or ServiceEntry whose waypoint belongs to another controller, which then sees to its routes
// (conversion.go, waypointManagedByAnotherController).
func (g *gatewayAPI) foreignWaypoint(namespace string, labels map[string]string) bool {
	const use, useNamespace = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
	name, found := labels[use]
	if !found {
		labels = labelsOf(g.namespace(namespace))
		name = labels[use]
	}
	if name == "" || name == "none" {
		return false
	}
	if ns := labels[useNamespace]; ns != "" {
		namespace = ns
	}
	gw, found, _ := g.s.KubeGateways.Get(namespace, name)
	if !found {
		return false
	}
	class, found, _ := g.s.GatewayClasses.Get("", string(gw.Spec.GatewayClassName))
	return found && class.Spec.ControllerName != waypointController && class.Spec.ControllerName != gatewayController
}

// namespace returns a Namespace; nil where it is not known.
func (g *gatewayAPI) namespace(name string) *corev1.Namespace {
	ns, found, _ := g.s.Namespaces.Get("", name)
	if !found {
		return nil
	}
	return ns
}

func labelsOf(ns *corev1.Namespace) map[string]string {
	if ns == nil {
		return nil
	}
	return ns.Labels
}
