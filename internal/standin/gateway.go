package standin

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// class is what istiod makes of the Gateways of a controller (pilot/pkg/config/kube/gatewaycommon/classinfo.go).
type class struct {
	service corev1.ServiceType
	role    string // of the proxy
	managed string // the pods' label gateway.istio.io/managed
	suffix  bool   // the Service is named after the class too
	address bool   // its status has its Service's host name, by which clients find it
}

var (
	ingress   = class{service: corev1.ServiceTypeLoadBalancer, role: "router", managed: "istio.io-gateway-controller", suffix: true}
	waypoint  = class{service: corev1.ServiceTypeClusterIP, role: "waypoint", managed: mesh.MeshController, address: true}
	byName    = map[string]class{"istio": ingress, mesh.WaypointClass: waypoint}
	byControl = map[string]class{"istio.io/gateway-controller": ingress, "istio.io/mesh-controller": waypoint}
)

// written reports whether somebody wrote a Gateway that no API server has had: it has nothing that one would have filled in. Where the input has
// pods, those of the Gateway would be among them.
func (in *input) written(g *gatewayv1.Gateway) bool {
	return !in.running && g.UID == "" && g.ResourceVersion == "" && len(g.Status.Conditions)+len(g.Status.Addresses)+len(g.Status.Listeners) == 0
}

// gateway returns what istiod makes of a Gateway of its classes that nothing in the input serves: the pod that stands for those of its
// Deployment, its Service, and, of a waypoint, the Gateway with the address by which it is found. It is nothing for a Gateway whose addresses
// name Services, which istiod leaves to others (gateway_utils.go, IsManaged).
func (in *input) gateway(g *gatewayv1.Gateway) []metav1.Object {
	c, known := byName[string(g.Spec.GatewayClassName)]
	if made, ok := in.classes[string(g.Spec.GatewayClassName)]; ok {
		c, known = byControl[string(made.Spec.ControllerName)]
	}
	if !known || !mesh.ManagedGateway(g) || !in.written(g) || in.served(g) {
		return nil
	}
	called := g.Name
	if c.suffix {
		called += "-" + string(g.Spec.GatewayClassName)
	}
	called = cmp.Or(g.Annotations["gateway.istio.io/name-override"], called)
	labels := map[string]string{}
	if i := g.Spec.Infrastructure; i != nil && i.Labels != nil {
		for k, v := range i.Labels {
			labels[string(k)] = string(v)
		}
	} else {
		maps.Copy(labels, g.Labels)
	}
	labels[mesh.GatewayNameLabel], labels["gateway.networking.k8s.io/gateway-class-name"] = g.Name, string(g.Spec.GatewayClassName)
	meta := metav1.ObjectMeta{Namespace: g.Namespace, Name: called, Labels: labels, CreationTimestamp: g.CreationTimestamp}

	s := &corev1.Service{ObjectMeta: *meta.DeepCopy()}
	s.Spec.Type = corev1.ServiceType(cmp.Or(g.Annotations["networking.istio.io/service-type"], string(c.service)))
	s.Spec.Selector = map[string]string{mesh.GatewayNameLabel: g.Name}
	s.Spec.Ports = servicePorts(g)
	var out []metav1.Object
	if !in.services[name{s.Namespace, s.Name}] {
		out = append(out, s)
	}

	p := &corev1.Pod{ObjectMeta: *meta.DeepCopy()}
	p.Labels[mesh.ManagedLabel], p.Labels[injectLabel] = c.managed, "false"
	if _, set := p.Labels["istio.io/dataplane-mode"]; !set {
		p.Labels["istio.io/dataplane-mode"] = "none"
	}
	if in.taken[name{p.Namespace, p.Name}] {
		p.Name += "-gateway"
	}
	p.Annotations = map[string]string{mesh.StandInAnnotation: string(mesh.KubeGateway) + "/" + g.Name}
	p.Spec.ServiceAccountName = cmp.Or(g.Annotations["gateway.istio.io/service-account"], called)
	p.Spec.Containers = []corev1.Container{{Name: proxyName, Image: "auto", Args: []string{"proxy", c.role}}}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}
	in.addPod(p)
	out = append(out, p)
	if c.address {
		g.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Type: ptr.To(gatewayv1.HostnameAddressType), Value: mesh.ServiceHost(called, g.Namespace)}}
	}
	return out
}

// served reports whether the input has pods of a Gateway, or a workload that makes some.
func (in *input) served(g *gatewayv1.Gateway) bool {
	for _, p := range in.pods[g.Namespace] {
		if p.Labels[mesh.GatewayNameLabel] == g.Name {
			return true
		}
	}
	for _, w := range in.workloads {
		if w.meta.Namespace == g.Namespace && w.template.Labels[mesh.GatewayNameLabel] == g.Name {
			return true
		}
	}
	return false
}

// servicePorts are the ports of a Gateway's Service: one for each port of its listeners, and the one that is asked whether the proxy is ready
// (pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go, extractServicePorts).
func servicePorts(g *gatewayv1.Gateway) []corev1.ServicePort {
	ports := []corev1.ServicePort{{Name: "status-port", Port: 15021, Protocol: corev1.ProtocolTCP, AppProtocol: ptr.To("tcp")}}
	numbers, names := map[gatewayv1.PortNumber]bool{}, map[string]bool{"status-port": true}
	for _, l := range g.Spec.Listeners {
		if numbers[l.Port] {
			continue
		}
		numbers[l.Port] = true
		called := strings.ReplaceAll(string(l.Name), ".", "-")
		if names[called] {
			called = fmt.Sprintf("%s-%d", called, l.Port)
		}
		names[called] = true
		ports = append(ports, corev1.ServicePort{Name: called, Port: l.Port, Protocol: corev1.ProtocolTCP, AppProtocol: ptr.To(strings.ToLower(string(l.Protocol)))})
	}
	return ports
}
