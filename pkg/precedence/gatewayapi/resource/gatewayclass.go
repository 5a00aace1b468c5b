package resource

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Istio's controllers of classes (pilot/pkg/config/kube/gatewaycommon/classinfo.go). Those that are off by default, for Gateways
// between networks and for agentgateway, are left out.
const (
	GatewayController  = "istio.io/gateway-controller"
	RemoteController   = "istio.io/unmanaged-gateway"
	WaypointController = "istio.io/mesh-controller"
)

// builtinClasses are the classes that need no object.
var builtinClasses = map[string]string{"istio": GatewayController, "istio-remote": RemoteController, mesh.WaypointClass: WaypointController}

// ControllerOf finds the controller that serves a class; empty where that is none of Istio's. An object of another controller does
// not take the name of a built-in class away (gatewayclass_collection.go, FetchGatewayClass).
func (c *Context) ControllerOf(class gatewayv1.ObjectName) string {
	object, found, gaps := c.Snapshot.GatewayClasses.Get("", string(class))
	if found {
		switch name := string(object.Spec.ControllerName); name {
		case GatewayController, RemoteController, WaypointController:
			return name
		}
	}
	builtin := builtinClasses[string(class)]
	if builtin == "" {
		c.Unread(gaps)
	}
	return builtin
}

// ForeignWaypoint tells a Service or ServiceEntry whose waypoint belongs to another controller, which then sees to its routes
// (conversion.go, waypointManagedByAnotherController).
func (c *Context) ForeignWaypoint(namespace string, labels map[string]string) bool {
	const use, useNamespace = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
	name, found := labels[use]
	if !found {
		labels = labelsOf(c.namespace(namespace))
		name = labels[use]
	}
	if name == "" || name == "none" {
		return false
	}
	if ns := labels[useNamespace]; ns != "" {
		namespace = ns
	}
	gw, found, _ := c.Snapshot.KubeGateways.Get(namespace, name)
	if !found {
		return false
	}
	class, found, _ := c.Snapshot.GatewayClasses.Get("", string(gw.Spec.GatewayClassName))
	return found && class.Spec.ControllerName != WaypointController && class.Spec.ControllerName != GatewayController
}
