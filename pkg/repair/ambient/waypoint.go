package ambient

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

// Waypoint is one that a host can be bound to.
type Waypoint struct {
	Ref     mesh.Ref           // the Gateway
	Account string             // the service account of its pods
	New     *gatewayv1.Gateway // the Gateway, where it does not exist yet
}

// Principal matches the identity of the waypoint's pods in policies, whatever the trust domain.
func (w Waypoint) Principal() string { return "*/ns/" + w.Ref.Namespace + "/sa/" + w.Account }

// maxUsable bounds the waypoints that are offered for a host.
const maxUsable = 2

// Usable lists the waypoints that take what goes to a host and have a pod that is ready: the one that the host is bound to alone, or those
// that it could be bound to, those of its own namespace first.
func Usable(s *mesh.Snapshot, h *mesh.Host) []Waypoint {
	if b := waypoint.OfHost(s.ForZtunnels(), h); b.Waypoint != nil {
		return ready(s.ForZtunnels(), b.Waypoint)
	}
	return Others(s, h)
}

// Others lists the waypoints that a host could be bound to, whether it is bound to one or not.
func Others(s *mesh.Snapshot, h *mesh.Host) []Waypoint {
	all, _ := s.KubeGateways.All()
	all = slices.DeleteFunc(slices.Clone(all), func(g *gatewayv1.Gateway) bool { return g.Spec.GatewayClassName != mesh.WaypointClass })
	slices.SortStableFunc(all, func(a, b *gatewayv1.Gateway) int { return foreign(a.Namespace, h) - foreign(b.Namespace, h) })
	var out []Waypoint
	for _, g := range all {
		w := Waypoint{Ref: mesh.RefTo(g)}
		after := s.Put(Bound(h, w)).ForZtunnels()
		for _, bound := range after.HostsNamed(h.Name) {
			if b := waypoint.OfHost(after, bound); bound.Ref == h.Ref && b.Waypoint != nil && len(out) < maxUsable {
				out = append(out, ready(after, b.Waypoint)...)
			}
		}
	}
	return out
}

// foreign is 1 for another namespace than the host's.
func foreign(namespace string, h *mesh.Host) int {
	if namespace == h.Namespace {
		return 0
	}
	return 1
}

// ready returns a waypoint if one of its pods is ready.
func ready(s *mesh.Snapshot, w *waypoint.Waypoint) []Waypoint {
	r := waypoint.ReachOf(s, w)
	if r.Why != waypoint.Ready {
		return nil
	}
	out := Waypoint{Ref: w.Ref, Account: w.Ref.Name}
	if pod := r.Endpoints[0].Pod; pod != nil {
		out.Account = mesh.ServiceAccountOf(pod)
	}
	return []Waypoint{out}
}

// Fresh is a waypoint that is to be deployed: of the name that a label asks for where no such Gateway is there, else as istioctl names one.
// ok is false where a Gateway has the name already.
func Fresh(s *mesh.Snapshot, h *mesh.Host) (w Waypoint, ok bool) {
	at := waypoint.OfHost(s.ForZtunnels(), h).Gateway
	namespace, name := cmp.Or(at.Namespace, h.Namespace), cmp.Or(at.Name, "waypoint")
	if _, taken, _ := s.GatewaysOfAllRevisions().Get(namespace, name); taken {
		return Waypoint{}, false
	}
	g := &gatewayv1.Gateway{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{waypoint.ForLabel: waypoint.ForService}}}
	g.Spec.GatewayClassName = mesh.WaypointClass
	g.Spec.Listeners = []gatewayv1.Listener{{Name: "mesh", Port: waypoint.HBONEPort, Protocol: "HBONE"}}
	if namespace != h.Namespace {
		g.Spec.Listeners[0].AllowedRoutes = admitting(namespace, h.Namespace)
	}
	return Waypoint{Ref: mesh.RefTo(g), Account: name, New: g}, true
}

// admitting lets the objects of some namespaces use a waypoint.
func admitting(namespaces ...string) *gatewayv1.AllowedRoutes {
	from := gatewayv1.NamespacesFromSelector
	return &gatewayv1.AllowedRoutes{Namespaces: &gatewayv1.RouteNamespaces{From: &from, Selector: &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn, Values: namespaces}}}}}
}

// Put puts objects on top of what is there, with what istiod makes of Gateways that are new: a Service with a pod that is ready, and the
// address in the Gateway's status.
func Put(s *mesh.Snapshot, objects ...metav1.Object) *mesh.Snapshot {
	after := s.Put(objects...)
	for _, o := range objects {
		if g, is := o.(*gatewayv1.Gateway); is && g.Spec.GatewayClassName == mesh.WaypointClass && len(g.Status.Addresses) == 0 {
			g, kind := g.DeepCopy(), gatewayv1.HostnameAddressType
			if old, there, _ := s.KubeGateways.Get(g.Namespace, g.Name); there && len(old.Status.Addresses) > 0 {
				g.Status = old.Status
				after = after.Put(g)
				continue
			}
			g.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Type: &kind, Value: mesh.ServiceHost(g.Name, g.Namespace)}}
			after = after.Put(append(deployed(g.Namespace, g.Name, g.Name, address(after)), g)...)
		}
	}
	return after
}

// Awake is the mesh with a pod of a waypoint that is ready.
func Awake(s *mesh.Snapshot, gateway mesh.Ref) *mesh.Snapshot {
	account := gateway.Name
	pods, _ := s.Pods.In(gateway.Namespace)
	for _, p := range pods {
		if p.Labels[mesh.GatewayNameLabel] == gateway.Name {
			account = mesh.ServiceAccountOf(p)
		}
	}
	return s.Put(deployed(gateway.Namespace, gateway.Name, account, address(s))...)
}

// address is one that nothing in the mesh has (RFC 5737 keeps them for examples).
func address(s *mesh.Snapshot) string {
	for _, a := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		if s.PodAt(a) == nil {
			return a
		}
	}
	return "192.0.2.4"
}

// deployed are the objects of a waypoint that istiod deploys (manifests/charts/istio-control/istio-discovery/files/waypoint.yaml).
func deployed(namespace, name, account, ip string) []metav1.Object {
	labels := map[string]string{mesh.ManagedLabel: mesh.MeshController, mesh.GatewayNameLabel: name, "istio.io/dataplane-mode": "none"}
	meta := func(suffix string, more map[string]string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name + suffix, Namespace: namespace, Labels: more}
	}
	hbone, port, ready, protocol := "hbone", int32(waypoint.HBONEPort), true, corev1.ProtocolTCP
	pod := &corev1.Pod{ObjectMeta: meta("-new", labels)}
	pod.Spec.ServiceAccountName = account
	pod.Spec.Containers = []corev1.Container{{Name: "istio-proxy", Args: []string{"proxy", "waypoint"}}}
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}
	service := &corev1.Service{ObjectMeta: meta("", labels)}
	service.Spec.Selector = map[string]string{mesh.GatewayNameLabel: name}
	service.Spec.Ports = []corev1.ServicePort{{Name: "mesh", Port: port, AppProtocol: &hbone}}
	portName := "mesh"
	slice := &discoveryv1.EndpointSlice{ObjectMeta: meta("-new", map[string]string{discoveryv1.LabelServiceName: name}), AddressType: discoveryv1.AddressTypeIPv4}
	slice.Ports = []discoveryv1.EndpointPort{{Name: &portName, Port: &port, Protocol: &protocol}}
	slice.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{ip}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
		TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod.Name, Namespace: namespace}}}
	return []metav1.Object{pod, service, slice}
}
