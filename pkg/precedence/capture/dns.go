package capture

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// dnsAnnotation says whether ztunnel answers a pod's DNS queries (cni/pkg/nodeagent/net.go).
const dnsAnnotation = "ambient.istio.io/dns-capture"

// DNS reports whether the ztunnel of a captured pod answers its DNS queries, by the pod's annotation, else by the default of istio-cni's release
// (AMBIENT_DNS_CAPTURE, on since Istio 1.25). at is the annotation; zero where it is the default.
func DNS(s *mesh.Snapshot, pod *corev1.Pod) (is bool, at mesh.Ref) {
	if StateOf(pod) != Captured {
		return false, mesh.Ref{}
	}
	if v, err := strconv.ParseBool(pod.Annotations[dnsAnnotation]); err == nil {
		return v, mesh.PodRef(pod).At("metadata.annotations[" + dnsAnnotation + "]")
	}
	return s.Version.Istiod.Has(release.AmbientDNS), mesh.Ref{}
}
