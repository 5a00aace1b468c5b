package flow

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// ProxyRelease is the release of a pod's proxy, as its image tells; of one whose image tells none, and of no pod, the oldest of all proxies.
func ProxyRelease(s *mesh.Snapshot, pod *corev1.Pod) release.Release {
	if pod == nil || s.Version.Forced != "" {
		return s.Version.Proxy
	}
	c := mesh.ProxyContainer(pod)
	if c == nil {
		return s.Version.Proxy
	}
	type image string
	if r := mesh.Derive(s, image(c.Image), func() release.Release { return release.OfImage(c.Image) }); r != (release.Release{}) {
		return r
	}
	return s.Version.Proxy
}

// NodeMetadata is a value of the metadata that a pod's proxy sends to istiod: the agent takes it from the proxy's environment (pkg/bootstrap/config.go).
// It is not known where nothing sets it, or the environment takes it from elsewhere.
func NodeMetadata(s *mesh.Snapshot, pod *corev1.Pod, key string) (value string, known bool) {
	name := "ISTIO_META_" + key
	if pod != nil {
		if v, ok := mesh.ProxyConfigOf(pod).GetProxyMetadata()[name]; ok {
			return v, true
		}
		if v, ok := mesh.ProxyVariable(pod, name); ok {
			return v, true
		}
	}
	v, ok := s.Config.Proto.GetDefaultConfig().GetProxyMetadata()[name]
	return v, ok
}
