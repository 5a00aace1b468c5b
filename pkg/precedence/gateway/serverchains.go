package gateway

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// chains are the filter chains of a server that is not plaintext HTTP. A server for bytes has one only where a route hands them on.
func chains(x *config.GatewayServer, s *mesh.Snapshot, pod *corev1.Pod, taken map[string]bool) []Chain {
	names := make([]string, len(x.Hosts))
	for i, h := range x.Hosts {
		names[i] = hostOf(h)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if slices.Contains(names, "*") {
		names = nil
	}
	own := []*config.GatewayServer{x}
	switch {
	case x.Server.Tls == nil:
		if to, from, ok := rawRoute(x, s, pod.Namespace); ok {
			return []Chain{{Servers: own, To: to, From: from}}
		}
	case autoPassthrough(x):
		return autoPassthroughChains(x, s, pod)
	case x.Passthrough():
		return tlsRoutes(x, s, pod.Namespace, taken)
	case terminatesHTTPS(x):
		return []Chain{{Servers: own, SNI: names, Secure: true, HTTP: true}}
	default:
		if to, from, ok := rawRoute(x, s, pod.Namespace); ok {
			return []Chain{{Servers: own, SNI: names, Secure: true, To: to, From: from}}
		}
	}
	return nil
}

func terminatesHTTPS(x *config.GatewayServer) bool {
	return x.Server.Tls != nil && !x.Passthrough() && x.Protocol() == mesh.HTTPS
}
