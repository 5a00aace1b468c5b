package resolve

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// refusedTLS compares the bytes with what the chain expects; nil where they fit. The further outcomes are those that other clients
// could see.
func (f Flow) refusedTLS(s *mesh.Snapshot, c *precedence.GatewayChain) (*Outcome, []Outcome) {
	server := c.Server()
	wrapped := f.Wire.Transport != Plaintext
	tls := wrapped || f.payload() == appTLS
	fail := func(o Outcome, refs ...mesh.Ref) (*Outcome, []Outcome) {
		o.By = by(Cause, append(refs, server.Ref)...)
		if !wrapped && f.payload() == appTLS && o.Kind == "" {
			o = f.closed(o)
		}
		return &o, nil
	}
	switch {
	case !c.Secure && c.HTTP && tls:
		if wrapped {
			return fail(Outcome{Failure: HandshakeFailed, TLS: wrongVersion, Reason: ServerSpeaksClear}, f.Wire.Chosen)
		}
		return fail(Outcome{Failure: Terminated, Reason: TLSOnHTTPPort})
	case !c.Secure && c.HTTP && f.payload() == rawBytes:
		return fail(Outcome{Failure: Terminated, Reason: BadRequest})
	case !c.Secure:
		return nil, nil
	case !tls:
		return fail(Outcome{Failure: Terminated, Reason: PlaintextRefused}, f.Wire.Chosen)
	}
	at := server.Ref.At(server.Ref.Field + ".tls")
	switch server.Server.Tls.Mode {
	case networking.ServerTLSSettings_ISTIO_MUTUAL:
		if f.Wire.Transport == IstioMutual {
			return f.meshPeer(s, at)
		}
		if wrapped && f.Wire.Verifies {
			return fail(Outcome{Failure: HandshakeFailed, TLS: verifyFailed, Reason: CertificateRefused}, f.Wire.Chosen)
		}
		if !wrapped && !f.Request.Insecure {
			return fail(Outcome{Kind: TLSFailure, CurlExit: 60, Reason: CertificateRefused})
		}
		return f.certificateRequired(at, fail)
	case networking.ServerTLSSettings_MUTUAL:
		if missing := f.missingCredential(s, server, true); !missing.IsZero() {
			return fail(Outcome{Failure: HandshakeFailed, TLS: resetInFlight, Reason: CredentialMissing}, missing)
		}
		if f.Wire.Transport == MutualTLS {
			return nil, nil // see strangersCertificate
		}
		return f.certificateRequired(at, fail)
	}
	if missing := f.missingCredential(s, server, false); !missing.IsZero() {
		return fail(Outcome{Failure: HandshakeFailed, TLS: resetInFlight, Reason: CredentialMissing}, missing)
	}
	if f.Wire.Transport == IstioMutual || f.Wire.Verifies && testName(f.Wire.SNI) {
		return fail(Outcome{Failure: HandshakeFailed, TLS: verifyFailed, Reason: CertificateRefused}, f.Wire.Chosen)
	}
	return nil, nil
}

// meshPeer: mutual TLS with the mesh's certificates.
func (f Flow) meshPeer(s *mesh.Snapshot, at mesh.Ref) (*Outcome, []Outcome) {
	switch {
	case !trusts(s, f.Wire.Principal):
		return &Outcome{Failure: Terminated, Reason: TrustDomainRefused, By: by(Cause, s.Config.Field("trustDomainAliases"), at)}, nil
	case !f.Wire.accepts(identityOf(s, f)):
		return &Outcome{Failure: HandshakeFailed, TLS: verifyFailed, Reason: CertificateRefused, By: by(Cause, f.Wire.Chosen, at)}, nil
	}
	return nil, nil
}

// strangersCertificate points at a server that asks for a client certificate, where the client shows one that no resource tells of: whether
// the server's authority signed it, and for one of subjectAltNames, is not known.
func (f Flow) strangersCertificate(c *precedence.GatewayChain) mesh.Ref {
	x := c.Server()
	if !c.Secure || f.Wire.Transport != MutualTLS || x.Server.Tls.Mode != networking.ServerTLSSettings_MUTUAL {
		return mesh.Ref{}
	}
	if len(x.Server.Tls.SubjectAltNames) > 0 {
		return x.Part("tls.subjectAltNames")
	}
	return x.Part("tls.mode")
}

// certificateRequired: the server wants a client certificate, and tells so after a TLS 1.3 client's handshake is over. What curl makes
// of that depends on the HTTP version that it agreed on with a gateway, which offers HTTP/2.
func (f Flow) certificateRequired(at mesh.Ref, fail func(Outcome, ...mesh.Ref) (*Outcome, []Outcome)) (*Outcome, []Outcome) {
	if f.Wire.Transport != Plaintext {
		return fail(Outcome{Failure: Terminated, Reason: CertificateRequired}, f.Wire.Chosen, at)
	}
	return fail(Outcome{Kind: Reset, CurlExit: 16, Reason: CertificateRequired}, at)
}

// missingCredential points at the credential that a server names and the gateway does not get: the Secret must be in the namespace of
// the gateway's pod. Secrets are known from files only, and only where those hold any.
func (f Flow) missingCredential(s *mesh.Snapshot, x *precedence.GatewayServer, withCA bool) mesh.Ref {
	if s.Secrets.Len() == 0 || !s.Secrets.Known() {
		return mesh.Ref{}
	}
	if names := x.Server.Tls.CredentialNames; len(names) > 0 {
		for i, name := range names {
			if lost := f.lacksCredential(s, x, name, "tls.credentialNames["+itoa(i)+"]", withCA); !lost.IsZero() {
				return lost
			}
		}
		return mesh.Ref{}
	}
	if x.Server.Tls.CredentialName == "" {
		return mesh.Ref{}
	}
	return f.lacksCredential(s, x, x.Server.Tls.CredentialName, "tls.credentialName", withCA)
}

func (f Flow) lacksCredential(s *mesh.Snapshot, x *precedence.GatewayServer, name, field string, withCA bool) mesh.Ref {
	ns, secret := f.Pod.Namespace, name
	if rest, ok := strings.CutPrefix(name, "kubernetes-gateway://"); ok {
		ns, secret, _ = strings.Cut(rest, "/")
	}
	at := x.Part(field)
	got, found, _ := s.Secrets.Get(ns, secret)
	if !found {
		return at
	}
	if withCA && x.Server.Tls.CaCertCredentialName == "" && len(got.Data) > 0 {
		_, ca := got.Data["ca.crt"]
		_, old := got.Data["cacert"]
		if _, beside, _ := s.Secrets.Get(ns, secret+"-cacert"); !ca && !old && !beside {
			return at
		}
	}
	return mesh.Ref{}
}
