package gateway

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// refuse makes the outcome of a refusal, with what it is due to.
type refuse func(flow.Outcome, ...mesh.Ref) (*flow.Outcome, []flow.Outcome)

// refusedTLS compares the bytes with what the chain expects; nil where they fit. The further outcomes are those that other clients
// could see.
func refusedTLS(f flow.Flow, s *mesh.Snapshot, c *gateway.Chain) (*flow.Outcome, []flow.Outcome) {
	x := c.Server()
	wrapped := f.Wire.Transport != flow.Plaintext
	tls := wrapped || f.Payload() == flow.AppTLS
	fail := func(o flow.Outcome, refs ...mesh.Ref) (*flow.Outcome, []flow.Outcome) {
		o.By = flow.By(flow.Cause, append(refs, x.Ref)...)
		if !wrapped && f.Payload() == flow.AppTLS && o.Kind == "" {
			o = f.Closed(o)
		}
		return &o, nil
	}
	if !c.Secure {
		switch {
		case c.HTTP && wrapped:
			return fail(flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.WrongVersion, Reason: flow.ServerSpeaksClear}, f.Wire.Chosen)
		case c.HTTP && tls:
			return fail(flow.Outcome{Failure: flow.Terminated, Reason: flow.TLSOnHTTPPort})
		case c.HTTP && f.Payload() == flow.RawBytes:
			return fail(flow.Outcome{Failure: flow.Terminated, Reason: flow.BadRequest})
		}
		return nil, nil
	}
	if !tls {
		return fail(flow.Outcome{Failure: flow.Terminated, Reason: flow.PlaintextRefused}, f.Wire.Chosen)
	}
	at := x.Ref.At(x.Ref.Field + ".tls")
	switch x.Server.Tls.Mode {
	case networking.ServerTLSSettings_ISTIO_MUTUAL:
		return refusedIstioMutual(f, s, at, fail)
	case networking.ServerTLSSettings_MUTUAL:
		if o, missing := missingCredential(f, s, x, true); !missing.IsZero() {
			return fail(o, missing)
		}
		if f.Wire.Transport == flow.MutualTLS {
			return nil, nil // see strangersCertificate
		}
		return certificateRequired(f, at, fail)
	}
	if o, missing := missingCredential(f, s, x, false); !missing.IsZero() {
		return fail(o, missing)
	}
	if o, at := otherHost(f, s, x); !at.IsZero() {
		return fail(o, at)
	}
	if f.Wire.Transport == flow.IstioMutual || f.Wire.Verifies && dns.Uncertified(f.Wire.SNI) {
		return fail(flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused}, f.Wire.Chosen)
	}
	return nil, nil
}

// refusedIstioMutual: the server shows the mesh's certificate, which nobody outside the mesh trusts, and wants one of it.
func refusedIstioMutual(f flow.Flow, s *mesh.Snapshot, at mesh.Ref, fail refuse) (*flow.Outcome, []flow.Outcome) {
	wrapped := f.Wire.Transport != flow.Plaintext
	switch {
	case f.Wire.Transport == flow.IstioMutual:
		return meshPeer(f, s, at)
	case wrapped && f.Wire.Verifies:
		return fail(flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused}, f.Wire.Chosen)
	case !wrapped && !f.Request.Insecure:
		return fail(flow.Outcome{Kind: flow.TLSFailure, CurlExit: 60, Reason: flow.CertificateRefused})
	}
	return certificateRequired(f, at, fail)
}

// meshPeer: mutual TLS with the mesh's certificates.
func meshPeer(f flow.Flow, s *mesh.Snapshot, at mesh.Ref) (*flow.Outcome, []flow.Outcome) {
	switch {
	case !upstream.Trusts(s, f.Wire.Principal):
		return &flow.Outcome{Failure: flow.Terminated, Reason: flow.TrustDomainRefused, By: flow.By(flow.Cause, s.Config.Field("trustDomainAliases"), at)}, nil
	case !f.Wire.AcceptsIdentity(upstream.IdentityOf(s, f)):
		return &flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused, By: flow.By(flow.Cause, f.Wire.Chosen, at)}, nil
	}
	return nil, nil
}

// strangersCertificate points at a server that asks for a client certificate, where the client shows one that no resource tells of: whether
// the server's authority signed it, and for one of subjectAltNames, is not known.
func strangersCertificate(f flow.Flow, c *gateway.Chain) mesh.Ref {
	x := c.Server()
	if !c.Secure || f.Wire.Transport != flow.MutualTLS || x.Server.Tls.Mode != networking.ServerTLSSettings_MUTUAL {
		return mesh.Ref{}
	}
	if len(x.Server.Tls.SubjectAltNames) > 0 {
		return x.Part("tls.subjectAltNames")
	}
	return x.Part("tls.mode")
}

// ownALPN points at a server that offers protocols of its own choice in the handshake (Istio 1.32); what HTTP they lead to is not followed.
func ownALPN(c *gateway.Chain) mesh.Ref {
	x := c.Server()
	if !c.Secure || len(x.Server.Tls.GetAlpnProtocols()) == 0 {
		return mesh.Ref{}
	}
	return x.Part("tls.alpnProtocols")
}

// certificateRequired: the server wants a client certificate, and tells so after a TLS 1.3 client's handshake is over. What curl makes
// of that depends on the HTTP version that it agreed on with a gateway, which offers HTTP/2.
func certificateRequired(f flow.Flow, at mesh.Ref, fail refuse) (*flow.Outcome, []flow.Outcome) {
	if f.Wire.Transport != flow.Plaintext {
		return fail(flow.Outcome{Failure: flow.Terminated, Reason: flow.CertificateRequired}, f.Wire.Chosen, at)
	}
	return fail(flow.Outcome{Kind: flow.Reset, CurlExit: 16, Reason: flow.CertificateRequired}, at)
}
