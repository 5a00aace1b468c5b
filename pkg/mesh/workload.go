package mesh

import (
	"net/netip"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	proxyContainer = "istio-proxy"
	tlsModeLabel   = "security.istio.io/tlsMode"

	// GatewayNameLabel marks the pods that serve a Gateway of the Gateway API.
	GatewayNameLabel = "gateway.networking.k8s.io/gateway-name"
	// ManagedLabel is on what istiod deploys for a Gateway, and names its controller: MeshController for waypoints.
	ManagedLabel = "gateway.istio.io/managed"
	// MeshController is the value of ManagedLabel on the pods of waypoints.
	MeshController = "istio.io-mesh-controller"
	// WaypointClass is the GatewayClass of which istiod makes waypoints, and the only one that policies for all of them can name
	// (pilot/pkg/config/kube/gatewaycommon/classinfo.go; pilot/pkg/model/policyattachment.go).
	WaypointClass = "istio-waypoint"
)

// Role is what a proxy does.
type Role int

// The roles of a pod's proxy. A pod without proxy has [NoProxy].
const (
	NoProxy Role = iota
	SidecarProxy
	GatewayProxy
	WaypointProxy
)

// RoleOf tells which proxy runs in a pod: container istio-proxy, also as a native sidecar among the init containers; its arguments
// tell a gateway ("router") from a sidecar, its class a waypoint. The container of a ztunnel has the same name, and serves other pods alone
// (manifests/charts/ztunnel/templates/daemonset.yaml).
func RoleOf(pod *corev1.Pod) Role {
	if pod == nil || pod.Spec.HostNetwork {
		// A pod in the node's network is never injected (pkg/kube/inject/inject.go, injectRequired).
		return NoProxy
	}
	if pod.Labels[ManagedLabel] == MeshController {
		return WaypointProxy
	}
	for i := range pod.Spec.Containers {
		if c := &pod.Spec.Containers[i]; c.Name == proxyContainer {
			return roleOfArgs(c.Args)
		}
	}
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; c.Name == proxyContainer && isNativeSidecar(c) {
			return roleOfArgs(c.Args)
		}
	}
	return NoProxy
}

func roleOfArgs(args []string) Role {
	switch {
	case slices.Contains(args, "router"):
		return GatewayProxy
	case slices.Contains(args, "waypoint"):
		return WaypointProxy
	case slices.Contains(args, ztunnelApp):
		return NoProxy
	}
	return SidecarProxy
}

func isNativeSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// Ambient reports whether a ztunnel handles the pod's traffic: the CNI's note of what it did counts, not the labels that ask for it.
func Ambient(pod *corev1.Pod) bool {
	if pod == nil || RoleOf(pod) != NoProxy {
		return false
	}
	v := pod.Annotations["ambient.istio.io/redirection"]
	return v != "" && v != "disabled"
}

// TLSMode is the pod's label security.istio.io/tlsMode as istiod reads it: verbatim, "disabled" where it is missing
// (pilot/pkg/serviceregistry/kube/conversion.go, PodTLSMode).
func TLSMode(labels map[string]string) string {
	if v := labels[tlsModeLabel]; v != "" {
		return v
	}
	return "disabled"
}

// TLSModeRef points at the label of [TLSMode].
func TLSModeRef(pod *corev1.Pod) Ref {
	return PodRef(pod).At("metadata.labels[" + tlsModeLabel + "]")
}

// PodRef points at a pod, or at what describes the machine that it stands for.
func PodRef(pod *corev1.Pod) Ref {
	if Machine(pod) {
		return Ref{Kind: Kind(pod.Kind), Namespace: pod.Namespace, Name: pod.Name}
	}
	return Ref{Kind: Pod, Namespace: pod.Namespace, Name: pod.Name}
}

// ServiceAccountOf is the account a pod runs as.
func ServiceAccountOf(pod *corev1.Pod) string {
	if pod.Spec.ServiceAccountName == "" {
		return "default"
	}
	return pod.Spec.ServiceAccountName
}

// Addresses are the pod's IP addresses; none while it has no address yet.
func Addresses(pod *corev1.Pod) []netip.Addr {
	var out []netip.Addr
	for _, ip := range append([]corev1.PodIP{{IP: pod.Status.PodIP}}, pod.Status.PodIPs...) {
		if a, err := netip.ParseAddr(ip.IP); err == nil && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Ready is the pod's condition of that name.
func Ready(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// StandInAnnotation marks a pod that stands for those of a workload whose pods were not in the input. It holds the workload's kind and
// name, such as Deployment/web.
const StandInAnnotation = "mesh-why/stands-for"

// UnlabelledAnnotation marks a pod that stands for others where their namespace was not in the input: whether it asks for a sidecar, or for ambient
// mode, is not known, and the pod has neither.
const UnlabelledAnnotation = "mesh-why/namespace-presumed"

// StandsFor returns the workload whose pods a pod stands for; ok is false for a pod that was read.
func StandsFor(pod *corev1.Pod) (workload Ref, ok bool) {
	if pod == nil {
		return Ref{}, false
	}
	kind, name, ok := strings.Cut(pod.Annotations[StandInAnnotation], "/")
	if !ok {
		return Ref{}, false
	}
	return Ref{Kind: Kind(kind), Namespace: pod.Namespace, Name: name}, true
}

// Invented are the addresses that stand-ins get, and Services whose address was not in the input. Nobody else has one of these (RFC 1112,
// section 4, reserves them), so that they tell themselves apart: what compares an invented address compares something that is not known.
var Invented = netip.MustParsePrefix("241.0.0.0/8")

// KnownAddress returns an address, or the zero Addr for one that was invented.
func KnownAddress(ip netip.Addr) netip.Addr {
	if Invented.Contains(ip) {
		return netip.Addr{}
	}
	return ip
}

// OfWaypoint reports whether a Deployment is one that istiod made for a waypoint
// (manifests/charts/istio-control/istio-discovery/files/waypoint.yaml).
func OfWaypoint(d *appsv1.Deployment) bool {
	return d.Labels[ManagedLabel] == MeshController && d.Labels[GatewayNameLabel] != ""
}

// Scaled is what is kept of a Deployment: how many pods it wants, and how many it has. Of an object of another kind it is the object itself.
func Scaled(o metav1.Object) metav1.Object {
	d, ok := o.(*appsv1.Deployment)
	if !ok {
		return o
	}
	out := &appsv1.Deployment{TypeMeta: d.TypeMeta, ObjectMeta: d.ObjectMeta}
	out.Spec.Replicas = d.Spec.Replicas
	out.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Status.ObservedGeneration, Replicas: d.Status.Replicas, ReadyReplicas: d.Status.ReadyReplicas}
	return out
}

// DeploymentOf is the Deployment of a waypoint, which bears the label of its Gateway; nil where it was not read, or there is none.
func (s *Snapshot) DeploymentOf(gateway Ref) *appsv1.Deployment {
	list, _ := s.Deployments.In(gateway.Namespace)
	for _, d := range list {
		if OfWaypoint(d) && d.Labels[GatewayNameLabel] == gateway.Name {
			return d
		}
	}
	return nil
}

// Replicas is how many pods a Deployment wants: one where it does not say.
func Replicas(d *appsv1.Deployment) int {
	if d.Spec.Replicas == nil {
		return 1
	}
	return int(*d.Spec.Replicas)
}
