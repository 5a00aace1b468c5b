package upstream

import (
	"net/netip"

	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Tunnel opens an HBONE tunnel to an endpoint that takes one, unless it takes mutual TLS of Istio's older kind: sidecars and gateways prefer
// that. Only endpoints that istiod tells of are known to take one, not the addresses that a client dials, nor those that the proxy itself
// finds in DNS (pilot/pkg/networking/core/cluster_tls.go, applyHBONETransportSocketMatches).
func Tunnel(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.Cluster == nil || f.Endpoint == nil || f.Wire.Tunnelled() || original(f) {
		return flow.Result{}
	}
	if sends, _ := capture.SendsHBONE(s, f.Pod); !sends {
		return flow.Result{}
	}
	switch f.Cluster.Host.Resolution {
	case mesh.DNS, mesh.DNSRoundRobin, mesh.DynamicDNS:
		return flow.Result{}
	}
	if takes, at := capture.Tunnels(s, capture.Envoy, EndpointPod(s, f.Endpoint)); takes {
		return Into(s, f, at)
	}
	return flow.Result{}
}

// EndpointPod is the pod behind an endpoint: the one that it names, or that has its address.
func EndpointPod(s *mesh.Snapshot, e *mesh.Endpoint) *corev1.Pod {
	if e.Pod != nil {
		return e.Pod
	}
	if _, err := netip.ParseAddr(e.Address); err != nil {
		return nil
	}
	return s.PodAt(e.Address)
}

// Into sends the request into a tunnel. It stands in the place of mutual TLS with the mesh's certificates; other TLS that a DestinationRule
// asks for goes through it.
func Into(s *mesh.Snapshot, f flow.Flow, at mesh.Ref) flow.Result {
	r := within(s, f, at, flow.NoteTunnel)
	r.Next[0].Flow.Wire.Tunnel = flow.Tunnel{Peer: IdentityOf(s, f), At: at}
	return r
}

// Bare sends the request as it is, but for TLS that a DestinationRule asks for. What the endpoint is, at tells.
func Bare(s *mesh.Snapshot, f flow.Flow, at mesh.Ref) flow.Result {
	return within(s, f, at, flow.NoteNoTunnel)
}

func within(s *mesh.Snapshot, f flow.Flow, at mesh.Ref, note flow.Note) flow.Result {
	settings, rule := ClusterTLS(f.Cluster)
	switch settings.GetMode() {
	case networking.ClientTLSSettings_SIMPLE, networking.ClientTLSSettings_MUTUAL:
		return byRule(f, s, settings, rule)
	}
	f.Wire.Accepts = nil
	if !f.TLSPassthrough {
		f.Wire.Transport = flow.Plaintext
	}
	f.Wire.HTTP2, f.Wire.HTTP2By = f.Cluster.HTTP2, f.Cluster.HTTP2By
	f.Wire.Chosen, f.Wire.Why = at, note
	r := flow.Pass(f)
	r.Resource, r.Note = at, note
	if !at.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: at, Applies: true}}
	}
	return r
}
