package mesh

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// StandInAnnotation marks a pod that stands for those of a workload whose pods were not in the input. It holds the workload's kind and
// name, such as Deployment/web.
const StandInAnnotation = "mesh-why/stands-for"

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
