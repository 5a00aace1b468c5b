package resolve

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// gatewayRole tells gateways for traffic that leaves the mesh from others by the label that Istio's charts give them.
func gatewayRole(pod *corev1.Pod) Role {
	if strings.Contains(pod.Labels["istio"], "egress") || strings.Contains(pod.Labels["app"], "egress") {
		return EgressGateway
	}
	return IngressGateway
}

// gatewayListener finds the server of a Gateway that takes the connection: by the pod's port, then by the server name.
func gatewayListener(s *mesh.Snapshot, f Flow) Result {
	view := precedence.GatewayOf(s, f.Pod)
	f.Client = precedence.Client{Namespace: f.Pod.Namespace, Labels: f.Pod.Labels}
	f.Scope = precedence.GatewayScope(s, f.Pod.Namespace)
	port := view.Ports[f.Wire.Port]
	r := passes(f)
	r.Candidates = candidates(append(slices.Clone(view.Considered), precedence.NotProgrammedAt(s, f.Pod, f.Wire.Port)...))
	r.unread(slices.Concat(view.Gaps, handedOn(s, port))...)
	if port == nil {
		o := Outcome{Failure: ConnectRefused, Reason: NobodyListens, Facts: []string{itoa(f.Wire.Port)}, By: by(Cause, f.closedBy(s, view)...)}
		return f.gatewayEnds(r, o)
	}
	chain := port.Match(f.bytesName())
	if chain == nil {
		return f.gatewayEnds(r, f.noChain(view))
	}
	f.Chain, f.Gateway = chain, chain.Server()
	r.Resource = f.Gateway.Ref
	if bad, why := f.refusedTLS(s, chain); bad != nil {
		if bad.Kind == Reset && bad.CurlExit == 56 && bad.Reason == CertificateRequired {
			why = append(why, Outcome{Kind: TLSFailure, CurlExit: 35, Reason: CertificateRequired, By: bad.By})
		}
		return f.gatewayEnds(r, *bad, why...)
	}
	if at := f.strangersCertificate(chain); !at.IsZero() {
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.External, Resource: at})
		r.Effect, r.Rejects, r.Reason = Maybe, Unknown, CertificateRequired
		r.With = Outcome{Failure: Terminated, Reason: CertificateRequired, By: by(Cause, f.Wire.Chosen, at)}
	}
	f = f.takeIn(s, chain)
	r.Note, r.Facts = NoteGatewayServer, []string{f.Gateway.Gateway, f.Gateway.Server.Port.GetProtocol()}
	if len(r.Next) > 0 {
		r.Next[0].Flow = f
	}
	return r
}

// handedOn are unread VirtualServices, where they decide whether a port is open and for what: not where HTTP is read anyway.
func handedOn(s *mesh.Snapshot, port *precedence.GatewayPort) []mesh.Gap {
	if port != nil && !port.HandsOn {
		return nil
	}
	_, gaps := s.VirtualServices.All()
	return gaps
}

// gatewayEnds ends the way at the gateway's listener, or may end it where Gateways could not be read.
func (f Flow) gatewayEnds(r Result, o Outcome, might ...Outcome) Result {
	if len(r.Gaps) > 0 {
		r.Might, r.Next = append(append(r.Might, o), might...), nil
		return r
	}
	r.Effect, r.Reason, r.Facts, r.Rejects, r.With, r.Might, r.Next = Rejected, o.Reason, o.Facts, True, o, might, nil
	if len(o.By) > 0 {
		r.Resource = o.By[0].Ref
	}
	return r
}

// bytesName is the server name in the first bytes; empty for plaintext.
func (f Flow) bytesName() string {
	if f.Wire.Transport != Plaintext {
		return f.Wire.SNI
	}
	return f.sni()
}

// closedBy is responsible for a port that a gateway's pod does not open: Gateways that would have it and do not reach the pod.
func (f Flow) closedBy(s *mesh.Snapshot, view *precedence.GatewayView) []mesh.Ref {
	var out []mesh.Ref
	for _, c := range precedence.NotProgrammedAt(s, f.Pod, f.Wire.Port) {
		out = append(out, c.Ref)
	}
	if len(out) > 0 {
		return out // listeners that are meant for the port say why they do not open it
	}
	for _, c := range view.Considered {
		if !c.Applies && c.Ref.Kind != mesh.KubeGateway {
			out = append(out, c.Ref)
		}
	}
	if len(out) == 0 {
		for _, c := range view.Considered {
			out = append(out, c.Ref)
		}
	}
	if len(out) == 0 {
		out = []mesh.Ref{mesh.PodRef(f.Pod)}
	}
	return out
}

// noChain: the port is open, but not for these bytes.
func (f Flow) noChain(view *precedence.GatewayView) Outcome {
	why := ServerNameUnknown
	var refs []mesh.Ref
	for _, c := range view.Ports[f.Wire.Port].Chains {
		refs = append(refs, c.Server().Ref)
	}
	o := Outcome{Failure: Terminated, Reason: why, By: by(Cause, refs...)}
	if f.Wire.Transport != Plaintext {
		o.Failure, o.TLS = HandshakeFailed, resetInFlight
		return o
	}
	if f.payload() == appTLS {
		return f.closed(o)
	}
	return o
}
