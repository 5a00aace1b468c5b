package resolve

import (
	"net/netip"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
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
	r.Candidates = candidates(view.Considered)
	if gaps := slices.Concat(view.Gaps, handedOn(s, port)); len(gaps) > 0 {
		r.Gaps, r.Effect, r.Rejects, r.Reason = gaps, Maybe, Unknown, Unread
		r.With, r.Might = open(Unread)
	}
	if port == nil {
		o := Outcome{Failure: ConnectRefused, Reason: NobodyListens, By: by(Cause, f.closedBy(s, view)...)}
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
	f = f.takeIn(s, chain)
	r.Note, r.Facts = NoteGatewayServer, []string{f.Gateway.Gateway, f.Gateway.Server.Port.GetProtocol()}
	if len(r.Next) > 0 {
		r.Next[0].Flow = f
	}
	return r
}

// handedOn are unread VirtualServices, where they decide whether a port is open and for what: not where HTTP is read anyway.
func handedOn(s *mesh.Snapshot, port *precedence.GatewayPort) []mesh.Gap {
	if port != nil && !slices.ContainsFunc(port.Chains, func(c precedence.GatewayChain) bool { return !c.HTTP }) {
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
	r.Effect, r.Reason, r.Rejects, r.With, r.Might, r.Next = Rejected, o.Reason, True, o, might, nil
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
	name := x.Server.Tls.CredentialName
	if name == "" || s.Secrets.Len() == 0 || !s.Secrets.Known() {
		return mesh.Ref{}
	}
	ns, secret := f.Pod.Namespace, name
	if rest, ok := strings.CutPrefix(name, "kubernetes-gateway://"); ok {
		ns, secret, _ = strings.Cut(rest, "/")
	}
	at := x.Ref.At(x.Ref.Field + ".tls.credentialName")
	got, found, _ := s.Secrets.Get(ns, secret)
	if !found {
		return at
	}
	if withCA && len(got.Data) > 0 {
		_, ca := got.Data["ca.crt"]
		_, old := got.Data["cacert"]
		if _, beside, _ := s.Secrets.Get(ns, secret+"-cacert"); !ca && !old && !beside {
			return at
		}
	}
	return mesh.Ref{}
}

// takeIn is the request behind the gateway's listener: the TLS that it took off, and the headers that it sets of itself.
func (f Flow) takeIn(s *mesh.Snapshot, c *precedence.GatewayChain) Flow {
	scheme := "http"
	if c.Secure {
		scheme = "https"
		if f.Wire.Transport == IstioMutual && c.Server().Server.Tls.Mode == networking.ServerTLSSettings_ISTIO_MUTUAL {
			f.Principal = f.Wire.Principal
		}
		if f.Wire.Transport == Plaintext {
			f.Message.Scheme = "https-terminated"
		}
	}
	f.Sealed = !c.Secure && f.Wire.Transport != Plaintext
	f.L7 = c.HTTP
	if !c.HTTP {
		f.L4 = &precedence.Chain{To: c.To, From: c.From}
		f.Remote = f.Wire.Source
		return f
	}
	trusted := int(s.Config.Proto.GetDefaultConfig().GetGatewayTopology().GetNumTrustedProxies())
	if own := mesh.ProxyConfigOf(f.Pod).GetGatewayTopology(); own != nil {
		trusted = int(own.NumTrustedProxies)
	}
	f.Remote = f.Wire.Source
	if trusted > 0 {
		f.Remote = f.forwardedFor(trusted)
	}
	source := unknownAddress
	if f.Wire.Source.IsValid() {
		source = f.Wire.Source.String()
	}
	if lines := f.Message.Headers.Values("x-forwarded-for"); len(lines) > 0 {
		source = strings.Join(lines, ",") + "," + source
	}
	f.Message.Headers = f.Message.Headers.Set("x-forwarded-for", source)
	if _, has := f.Message.Headers.Get("x-forwarded-proto"); !has || trusted == 0 {
		f.Message.Headers = f.Message.Headers.Set("x-forwarded-proto", scheme)
	}
	return f
}

// unknownAddress stands in X-Forwarded-For for a client whose address nobody told.
const unknownAddress = "unknown"

// forwardedFor is the entry of X-Forwarded-For that is so many places from its end, else the connection's own address
// (envoy: source/common/http/utility.cc, getLastAddressFromXFF).
func (f Flow) forwardedFor(back int) netip.Addr {
	var entries []string
	for _, line := range f.Message.Headers.Values("x-forwarded-for") {
		for _, e := range strings.Split(line, ",") {
			entries = append(entries, strings.TrimSpace(e))
		}
	}
	if len(entries) < back {
		return f.Wire.Source
	}
	e := entries[len(entries)-back]
	if e == unknownAddress {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(e); err == nil {
		return a
	}
	return f.Wire.Source
}
