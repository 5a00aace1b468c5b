package capture

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const (
	// TunnelLabel is the label of a pod whose sidecar takes HBONE tunnels, with value http. The injector sets it.
	TunnelLabel = "networking.istio.io/tunnel"

	disableSend = "ISTIO_META_DISABLE_HBONE_SEND"

	// Flags of istiod (pilot/pkg/features/ambient.go).
	sendFlag   = "PILOT_ENABLE_SENDING_HBONE"
	preferFlag = "PILOT_PREFER_SENDING_HBONE"
)

// Sender is what kind of proxy opens a connection to an endpoint.
type Sender int

// The senders. A program without a proxy never opens a tunnel.
const (
	Program Sender = iota
	Ztunnel
	Envoy // a sidecar or a gateway
	Waypoint
)

// TakesHBONE reports whether istiod publishes a pod as one that is reached through an HBONE tunnel, and the field that makes it so: the
// annotation of a captured pod, or the label that a sidecar has which opens port 15008 itself
// (pilot/pkg/serviceregistry/ambient/workloads.go, setTunnelProtocol).
func TakesHBONE(pod *corev1.Pod) (bool, mesh.Ref) {
	if pod == nil {
		return false, mesh.Ref{}
	}
	if pod.Annotations[Annotation] == "enabled" {
		return true, mesh.PodRef(pod).At("metadata.annotations[" + Annotation + "]")
	}
	if tunnelsByLabel(pod.Labels) {
		return true, mesh.PodRef(pod).At("metadata.labels[" + TunnelLabel + "]")
	}
	return false, mesh.PodRef(pod)
}

// SendsHBONE reports whether a pod's own proxy opens tunnels at all, and if not the field that keeps it from it: its environment
// (pkg/model/proxy.go, DisableHBONESend), or, unless it is a waypoint, istiod's flag (pilot/pkg/networking/core/cluster_builder.go, sendHbone).
func SendsHBONE(s *mesh.Snapshot, pod *corev1.Pod) (bool, mesh.Ref) {
	if f := s.Flag(sendFlag); f.Known && mesh.RoleOf(pod) != mesh.WaypointProxy {
		return false, f.At
	}
	if pod == nil {
		return true, mesh.Ref{}
	}
	for _, list := range []struct {
		field      string
		containers []corev1.Container
	}{{"spec.containers", pod.Spec.Containers}, {"spec.initContainers", pod.Spec.InitContainers}} {
		for i, c := range list.containers {
			off := slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool {
				is, err := strconv.ParseBool(e.Value)
				return e.Name == disableSend && err == nil && is
			})
			if off {
				return false, mesh.PodRef(pod).At(list.field + "[" + strconv.Itoa(i) + "].env[" + disableSend + "]")
			}
		}
	}
	return true, mesh.Ref{}
}

func tunnelsByLabel(labels map[string]string) bool {
	return slices.Contains(strings.Split(labels[TunnelLabel], ","), "http")
}

// Tunnels reports whether a proxy opens an HBONE tunnel to a pod, and the field that decides. A ztunnel and a waypoint do wherever the
// pod takes one; a sidecar or a gateway prefers mutual TLS of Istio's older kind where the pod's label says that it takes that,
// unless istiod's flag PILOT_PREFER_SENDING_HBONE is on (pilot/pkg/xds/endpoints/endpoint_builder.go, buildEnvoyLbEndpoint).
func Tunnels(s *mesh.Snapshot, by Sender, pod *corev1.Pod) (bool, mesh.Ref) {
	takes, at := TakesHBONE(pod)
	switch {
	case by == Program || pod == nil:
		return false, mesh.Ref{}
	case takes && by == Envoy && mesh.TLSMode(pod.Labels) == "istio" && !s.Flag(preferFlag).On():
		return false, mesh.TLSModeRef(pod)
	}
	return takes, at
}

// EntryTunnels reports whether a ztunnel opens an HBONE tunnel to an endpoint that a ServiceEntry or a WorkloadEntry lists, and the field that
// decides; listed is false for other endpoints. What such an endpoint takes stands at the object alone: no pod is looked up by its address
// (pilot/pkg/serviceregistry/ambient/workloads.go, serviceEntryWorkloadBuilder and workloadEntryWorkloadBuilder).
func EntryTunnels(s *mesh.Snapshot, at mesh.Ref) (takes bool, field mesh.Ref, listed bool) {
	var o metav1.Object
	switch at.Kind {
	case mesh.ServiceEntry:
		if e, ok, _ := s.ServiceEntries.Get(at.Namespace, at.Name); ok {
			o = e
		}
	case mesh.WorkloadEntry:
		if e, ok, _ := s.WorkloadEntries.Get(at.Namespace, at.Name); ok {
			o = e
		}
	}
	switch {
	case o == nil:
		return false, mesh.Ref{}, false
	case o.GetAnnotations()[Annotation] == "enabled":
		return true, at.Object().At("metadata.annotations[" + Annotation + "]"), true
	case tunnelsByLabel(o.GetLabels()):
		return true, at.Object().At("metadata.labels[" + TunnelLabel + "]"), true
	}
	return false, at, true
}
