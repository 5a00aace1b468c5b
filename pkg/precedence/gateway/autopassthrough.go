package gateway

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

// autoPassthrough reports whether the server passes on mutual TLS of other proxies by the server name that they send.
func autoPassthrough(x *config.GatewayServer) bool {
	return x.Server.GetTls().GetMode() == networking.ServerTLSSettings_AUTO_PASSTHROUGH
}

// autoPassthroughChains are the chains of a server with tls.mode AUTO_PASSTHROUGH: one for each port of each Service in the mesh that the
// gateway knows and that belongs to one of the server's hosts, and one for each subset of it. VirtualServices have no say
// (pilot/pkg/networking/core/gateway.go, builtAutoPassthroughFilterChains).
func autoPassthroughChains(x *config.GatewayServer, s *mesh.Snapshot, pod *corev1.Pod) []Chain {
	var out []Chain
	client := precedence.Client{Namespace: pod.Namespace, Labels: pod.Labels}
	for _, h := range routing.GatewayScope(s, pod.Namespace).Hosts() {
		if h.External || !slices.ContainsFunc(x.Hosts, func(o string) bool { return mesh.HostWithin(h.Name, hostOf(o)) }) {
			continue
		}
		subsets := []string{""}
		if rule := precedence.DestinationRule(s, client, h).Rule; rule != nil {
			for _, sub := range rule.Subsets {
				subsets = append(subsets, sub.Name)
			}
		}
		for _, p := range h.Ports {
			for _, sub := range subsets {
				if p.Protocol == mesh.UDP {
					continue
				}
				out = append(out, Chain{Servers: []*config.GatewayServer{x}, SNI: []string{precedence.ServerName(p.Number, sub, h.Name)}, MeshALPN: true,
					To: []routing.L4Route{{Host: h.Name, Subset: sub, Port: p.Number}}, From: x.Ref})
			}
		}
	}
	return out
}
