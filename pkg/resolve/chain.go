package resolve

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// The TLS library's words on handshakes that fail; %-style numbers are part of them.
const (
	wrongVersion  = "TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end"
	secretMissing = "TLS_error: Secret is not supplied by SDS"
	verifyFailed  = "TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end"
	resetInFlight = "TLS_error:|33554536:system library:OPENSSL_internal:Connection reset by peer:TLS_error_end"
)

// chained is what became of a connection at a server's proxy.
type chained struct {
	flow   Flow
	note   Note
	failed *Outcome
	gap    *mesh.Gap // why the failure is not certain
	might  []Outcome
}

// inboundChain finds the filter chain for what comes in (pilot/pkg/networking/core/filterchain_options.go). Rows are the kinds of bytes,
// columns mode and class.
func (f Flow) inboundChain(s *mesh.Snapshot, mode precedence.Mode, d declared) chained {
	class := d.protocol.Class()
	switch {
	case f.Wire.Transport == IstioMutual:
		return f.istioTLS(s, mode, class)
	case f.Wire.Transport != Plaintext:
		return f.foreignTLS(mode, class)
	case f.payload() == appTLS && !f.Wire.L7:
		return f.applicationTLS(mode, class)
	}
	http := f.payload() == plainHTTP
	switch {
	case mode == precedence.Strict:
		// No chain takes plaintext; nothing was read of it, so the kernel answers with a reset.
		return f.fails(Outcome{Failure: Terminated, Reason: PlaintextRefused})
	case class == mesh.ClassHTTP && !http:
		return f.fails(Outcome{Failure: Terminated, Reason: BadRequest})
	case class == mesh.ClassHTTP, class == mesh.ClassAuto && http && !f.Request.HTTP10:
		return f.reads(true, "", NotePlaintext)
	}
	return f.reads(false, "", NotePlaintextTCP)
}

func (f Flow) reads(l7 bool, principal string, note Note) chained {
	f.L7 = l7
	f.Principal = principal
	return chained{flow: f, note: note}
}

func (f Flow) fails(o Outcome) chained {
	if f.payload() == appTLS && o.Kind == "" && !f.Wire.L7 && f.Wire.Transport == Plaintext {
		o = f.closed(o)
		if !f.Wire.Proxied {
			o.Failure = NoFailure
		}
	}
	return chained{flow: f, failed: &o}
}

// istioTLS: mutual TLS of the mesh, with Istio's own ALPN.
func (f Flow) istioTLS(s *mesh.Snapshot, mode precedence.Mode, class mesh.Class) chained {
	if mode == precedence.Disable {
		if class == mesh.ClassHTTP {
			// The port reads the handshake as HTTP, and answers 400 in clear text.
			return f.fails(Outcome{Failure: HandshakeFailed, TLS: wrongVersion, Reason: ServerSpeaksClear})
		}
		f.Sealed = true // the bytes reach the application as they are
		return f.reads(false, "", NoteTLSToApplication)
	}
	own := mesh.Identity(s.Config.TrustDomain(), f.Pod.Namespace, mesh.ServiceAccountOf(f.Pod))
	if !f.Wire.accepts(own) {
		return f.fails(Outcome{Failure: HandshakeFailed, TLS: verifyFailed, Reason: CertificateRefused})
	}
	if !trusts(s, f.Wire.Principal) {
		return f.fails(Outcome{Failure: Terminated, Reason: TrustDomainRefused})
	}
	// What the client's proxy read as HTTP comes with an ALPN that says so; what it handed on unread does not.
	http := class == mesh.ClassHTTP || class == mesh.ClassAuto && f.Wire.L7
	if class == mesh.ClassHTTP && !f.Wire.L7 && f.payload() != plainHTTP {
		return f.fails(Outcome{Failure: Terminated, Reason: TLSOnHTTPPort})
	}
	if http {
		return f.reads(true, f.Wire.Principal, NoteMutualTLS)
	}
	return f.reads(false, f.Wire.Principal, NoteMutualTLSTCP)
}

// trusts tells whether a server takes an identity's trust domain (plugin/authn/util.go, TrustDomainsForValidation).
func trusts(s *mesh.Snapshot, principal string) bool {
	domains := slices.Clone(s.Config.TrustDomains)
	for _, ca := range s.Config.Proto.GetCaCertificates() {
		domains = append(domains, ca.TrustDomains...)
	}
	return slices.ContainsFunc(domains, func(td string) bool { return strings.HasPrefix(principal, "spiffe://"+td+"/") })
}

// foreignTLS: TLS that a DestinationRule asked for.
func (f Flow) foreignTLS(mode precedence.Mode, class mesh.Class) chained {
	switch {
	case mode == precedence.Strict && f.Wire.Transport == MutualTLS && !f.Wire.Verifies:
		// A certificate of the mesh's would do; what the file holds nothing here tells.
		c := f.fails(Outcome{Failure: Terminated, Reason: CertificateRequired})
		c.gap = &mesh.Gap{Kind: mesh.DestinationRule, Namespace: f.Wire.Chosen.Namespace, Cause: mesh.External, Resource: f.Wire.Chosen}
		c.flow = f.reads(class == mesh.ClassHTTP, "", NoteMutualTLS).flow
		return c
	case mode == precedence.Strict && f.Wire.Verifies:
		return f.fails(Outcome{Failure: HandshakeFailed, TLS: verifyFailed, Reason: CertificateRefused})
	case mode == precedence.Strict:
		// With TLS 1.3 the client's handshake is over before it is told that a certificate is wanted.
		return f.fails(Outcome{Failure: Terminated, Reason: CertificateRequired})
	case class != mesh.ClassHTTP:
		f.Sealed = true
		return f.reads(false, "", NoteTLSToApplication)
	case mode == precedence.Permissive:
		return f.fails(Outcome{Failure: HandshakeFailed, TLS: resetInFlight, Reason: ForeignTLSRefused})
	}
	return f.fails(Outcome{Failure: HandshakeFailed, TLS: wrongVersion, Reason: ServerSpeaksClear})
}

// applicationTLS: the client's program speaks TLS itself, and no proxy wrapped it.
func (f Flow) applicationTLS(mode precedence.Mode, class mesh.Class) chained {
	switch {
	case mode == precedence.Strict && !f.Request.Insecure:
		return f.fails(Outcome{Kind: TLSFailure, CurlExit: 60, Reason: CertificateRefused})
	case mode == precedence.Strict:
		// TLS 1.3 ends the client's handshake before the refusal comes, 1.2 does not: it is the client's program that decides.
		c := f.fails(Outcome{Kind: Reset, CurlExit: 56, Reason: CertificateRequired})
		c.might = []Outcome{{Kind: TLSFailure, CurlExit: 35, Reason: CertificateRequired}}
		return c
	case class == mesh.ClassHTTP:
		return f.fails(Outcome{Kind: TLSFailure, CurlExit: 35, Reason: TLSOnHTTPPort})
	}
	return f.reads(false, "", NoteTLSToApplication)
}

// transportBlame names who is responsible for a connection that did not come about: what made the bytes what they are, and the
// PeerAuthentication or the declaration that they ran into.
func (f Flow) transportBlame(s *mesh.Snapshot, why Reason, mode precedence.PeerMode, d declared) []Responsible {
	server := mode.From
	switch why {
	case PlaintextRefused, CertificateRequired:
		if f.Wire.Chosen.Kind == mesh.Pod && f.Wire.Why != NoteClientWithoutSidecar && f.Wire.Why != NoteClientIsGateway {
			return by(Cause, f.Wire.Chosen, server) // what a pod is, and what is asked of it: neither is wrong without the other
		}
		if !f.Wire.Chosen.IsZero() && f.Wire.Why != NoteClientWithoutSidecar && f.Wire.Why != NoteClientIsGateway && f.Wire.Why != NoteClientOutside {
			return append(by(Cause, f.Wire.Chosen), by(Requires, server)...)
		}
		return by(Cause, server)
	case CertificateRefused:
		if f.Wire.Transport == IstioMutual || f.Wire.Transport == OneWayTLS || f.Wire.Transport == MutualTLS {
			return append(by(Cause, f.Wire.Chosen), by(Requires, server)...)
		}
		return by(Cause, server)
	case TrustDomainRefused:
		return by(Cause, s.Config.Field("trustDomainAliases"))
	case ServerSpeaksClear:
		if f.Wire.Why == NoteAutoMutual {
			return append(by(Cause, server), by(Requires, f.Wire.Chosen)...)
		}
		return append(by(Cause, f.Wire.Chosen), by(Requires, server)...)
	case ForeignTLSRefused:
		return append(by(Cause, f.Wire.Chosen), by(Requires, d.by)...)
	}
	return by(Cause, d.by)
}
