package server

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// chained is what became of a connection at a server's proxy.
type chained struct {
	flow   flow.Flow
	note   flow.Note
	failed *flow.Outcome
	gap    *mesh.Gap // why the failure is not certain
	might  []flow.Outcome
}

// inboundChain finds the filter chain for what comes in (pilot/pkg/networking/core/filterchain_options.go). Rows are the kinds of bytes,
// columns mode and class.
func inboundChain(f flow.Flow, s *mesh.Snapshot, mode precedence.Mode, d flow.Declared) chained {
	class := d.Protocol.Class()
	switch {
	case f.Wire.Tunnelled():
		return inTunnel(f, s, class)
	case f.Wire.Transport == flow.IstioMutual:
		return istioTLS(f, s, mode, class)
	case f.Wire.Transport != flow.Plaintext:
		return foreignTLS(f, mode, class)
	case f.Payload() == flow.AppTLS && !f.Wire.L7:
		return applicationTLS(f, mode, class)
	}
	http := f.Payload() == flow.PlainHTTP
	switch {
	case mode == precedence.Strict:
		// No chain takes plaintext; nothing was read of it, so the kernel answers with a reset.
		return fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.PlaintextRefused})
	case class == mesh.ClassHTTP && !http:
		return fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.BadRequest})
	case class == mesh.ClassHTTP, class == mesh.ClassAuto && f.SniffedHTTP(s):
		return reads(f, true, "", flow.NotePlaintext)
	}
	return reads(f, false, "", flow.NotePlaintextTCP)
}

func reads(f flow.Flow, l7 bool, principal string, note flow.Note) chained {
	f.L7 = l7
	f.Principal = principal
	return chained{flow: f, note: note}
}

func fails(f flow.Flow, o flow.Outcome) chained {
	o = f.Cut(o)
	return chained{flow: f, failed: &o}
}

// inTunnel: what comes out of an HBONE tunnel has the identity of the tunnel's client, and is taken whatever the mode is
// (pilot/pkg/networking/core/listener_inbound.go, buildInboundHBONEListeners).
func inTunnel(f flow.Flow, s *mesh.Snapshot, class mesh.Class) chained {
	http := f.Payload() == flow.PlainHTTP && f.Wire.Transport == flow.Plaintext
	switch {
	case class == mesh.ClassHTTP && !http:
		return fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.TLSOnHTTPPort})
	case class == mesh.ClassHTTP, class == mesh.ClassAuto && http && f.SniffedHTTP(s):
		return reads(f, true, f.Wire.Tunnel.Peer, flow.NoteTunnelHTTP)
	}
	f.TLSPassthrough = f.Wire.Transport != flow.Plaintext
	return reads(f, false, f.Wire.Tunnel.Peer, flow.NoteTunnelTCP)
}

// istioTLS: mutual TLS of the mesh, with Istio's own ALPN.
func istioTLS(f flow.Flow, s *mesh.Snapshot, mode precedence.Mode, class mesh.Class) chained {
	if mode == precedence.Disable {
		if class == mesh.ClassHTTP {
			// The port reads the handshake as HTTP, and answers 400 in clear text.
			return fails(f, flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.WrongVersion, Reason: flow.ServerSpeaksClear})
		}
		f.TLSPassthrough = true // the bytes reach the application as they are
		return reads(f, false, "", flow.NoteTLSToApplication)
	}
	own := mesh.Identity(s.Config.TrustDomain(), f.Pod.Namespace, mesh.ServiceAccountOf(f.Pod))
	if !f.Wire.AcceptsIdentity(own) {
		return fails(f, flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused})
	}
	if !upstream.Trusts(s, f.Wire.Principal) {
		return fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.TrustDomainRefused})
	}
	// What the client's proxy read as HTTP comes with an ALPN that says so; what it handed on unread does not.
	http := class == mesh.ClassHTTP || class == mesh.ClassAuto && f.Wire.L7
	if class == mesh.ClassHTTP && !f.Wire.L7 && f.Payload() != flow.PlainHTTP {
		return fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.TLSOnHTTPPort})
	}
	if http {
		return reads(f, true, f.Wire.Principal, flow.NoteMutualTLS)
	}
	return reads(f, false, f.Wire.Principal, flow.NoteMutualTLSTCP)
}

// foreignTLS: TLS that a DestinationRule asked for.
func foreignTLS(f flow.Flow, mode precedence.Mode, class mesh.Class) chained {
	switch {
	case mode == precedence.Strict && f.Wire.Transport == flow.MutualTLS && !f.Wire.Verifies:
		// A certificate of the mesh's would do; what the file holds nothing here tells.
		c := fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.CertificateRequired})
		c.gap = &mesh.Gap{Kind: mesh.DestinationRule, Namespace: f.Wire.Chosen.Namespace, Cause: mesh.External, Resource: f.Wire.Chosen}
		c.flow = reads(f, class == mesh.ClassHTTP, "", flow.NoteMutualTLS).flow
		return c
	case mode == precedence.Strict && f.Wire.Verifies:
		return fails(f, flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused})
	case mode == precedence.Strict:
		// With TLS 1.3 the client's handshake is over before it is told that a certificate is wanted.
		return fails(f, flow.Outcome{Failure: flow.Terminated, Reason: flow.CertificateRequired})
	case class != mesh.ClassHTTP:
		f.TLSPassthrough = true
		return reads(f, false, "", flow.NoteTLSToApplication)
	case mode == precedence.Permissive:
		return fails(f, flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.ResetInFlight, Reason: flow.ForeignTLSRefused})
	}
	return fails(f, flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.WrongVersion, Reason: flow.ServerSpeaksClear})
}

// applicationTLS: the client's program speaks TLS itself, and no proxy wrapped it.
func applicationTLS(f flow.Flow, mode precedence.Mode, class mesh.Class) chained {
	switch {
	case mode == precedence.Strict && !f.Request.Insecure:
		return fails(f, flow.Outcome{Kind: flow.TLSFailure, CurlExit: 60, Reason: flow.CertificateRefused})
	case mode == precedence.Strict:
		// TLS 1.3 ends the client's handshake before the refusal comes, 1.2 does not: it is the client's program that decides.
		c := fails(f, flow.Outcome{Kind: flow.Reset, CurlExit: 56, Reason: flow.CertificateRequired})
		c.might = []flow.Outcome{{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.CertificateRequired}}
		return c
	case class == mesh.ClassHTTP:
		return fails(f, flow.Outcome{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.TLSOnHTTPPort})
	}
	return reads(f, false, "", flow.NoteTLSToApplication)
}

// transportBlame names who is responsible for a connection that did not come about: what made the bytes what they are, and the
// PeerAuthentication or the declaration that they ran into.
func transportBlame(f flow.Flow, s *mesh.Snapshot, why flow.Reason, mode precedence.PeerMode, d flow.Declared) []flow.Responsible {
	server := mode.From
	switch why {
	case flow.PlaintextRefused, flow.CertificateRequired:
		if f.Wire.Chosen.Kind == mesh.Pod && !f.Wire.Why.Bare() {
			return flow.By(flow.Cause, f.Wire.Chosen, server) // what a pod is, and what is asked of it: neither is wrong without the other
		}
		if !f.Wire.Chosen.IsZero() && !f.Wire.Why.Bare() && f.Wire.Why != flow.NoteClientOutside && f.Wire.Why != flow.NoteClientKubelet {
			return append(flow.By(flow.Cause, f.Wire.Chosen), flow.By(flow.Requires, server)...)
		}
		return flow.By(flow.Cause, server)
	case flow.CertificateRefused:
		if f.Wire.Transport == flow.IstioMutual || f.Wire.Transport == flow.OneWayTLS || f.Wire.Transport == flow.MutualTLS {
			return append(flow.By(flow.Cause, f.Wire.Chosen), flow.By(flow.Requires, server)...)
		}
		return flow.By(flow.Cause, server)
	case flow.TrustDomainRefused:
		return flow.By(flow.Cause, s.Config.Field("trustDomainAliases"))
	case flow.ServerSpeaksClear:
		if f.Wire.Why == flow.NoteAutoMutual {
			return append(flow.By(flow.Cause, server), flow.By(flow.Requires, f.Wire.Chosen)...)
		}
		return append(flow.By(flow.Cause, f.Wire.Chosen), flow.By(flow.Requires, server)...)
	case flow.ForeignTLSRefused:
		return append(flow.By(flow.Cause, f.Wire.Chosen), flow.By(flow.Requires, d.By)...)
	}
	return flow.By(flow.Cause, d.By)
}
