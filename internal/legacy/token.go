package legacy

import (
	"slices"

	security "istio.io/api/security/v1beta1"
)

// demand is what a policy asks of the tokens of a request: that one of them is valid.
type demand struct {
	methods   []*jwt
	optional  bool // a request without a valid one passes
	preflight bool // CORS preflights pass without (src/envoy/http/authn/origin_authenticator.cc)
}

// demands lists what a policy asks of tokens. A token as the peer's identity decides only where no certificate can
// (src/envoy/http/authn/peer_authenticator.cc); its trigger rules do not count.
func (p *policy) demands() []demand {
	var out []demand
	if tokens := p.peerTokens(); len(tokens) > 0 {
		d := demand{optional: p.PeerIsOptional}
		for _, j := range tokens {
			always := *j
			always.TriggerRules = nil
			d.methods = append(d.methods, &always)
		}
		out = append(out, d)
	}
	if len(p.Origins) > 0 {
		d := demand{optional: p.OriginIsOptional, preflight: true}
		for _, m := range p.Origins {
			d.methods = append(d.methods, m.JWT)
		}
		out = append(out, d)
	}
	return out
}

func (p *policy) peerTokens() []*jwt {
	var out []*jwt
	for _, m := range p.Peers {
		if m.JWT != nil && !p.tlsPeers() {
			out = append(out, m.JWT)
		}
	}
	return out
}

// tokens are the methods of a policy that a RequestAuthentication can verify.
func (p *policy) tokens() []*jwt {
	if p == nil {
		return nil
	}
	var out []*jwt
	for _, d := range p.demands() {
		out = append(out, d.methods...)
	}
	return out
}

// impossible tells a policy that refused every request: it binds to origins that it does not have (ditto).
func (p *policy) impossible() bool {
	return p != nil && p.PrincipalBinding == "USE_ORIGIN" && len(p.Origins) == 0 && len(p.Peers) > 0 && !p.OriginIsOptional
}

// exchangedHeader made 1.4 take the claims from inside of the token (src/envoy/http/authn/authenticator_base.cc).
const exchangedHeader = "ingress-authorization"

// rule translates how a token is verified. 1.4 always left the token in the request
// (pilot/pkg/security/authn/v1alpha1/policy_applier.go, convertToEnvoyJwtConfig).
func (j *jwt) rule(r *Resource) *security.JWTRule {
	out := &security.JWTRule{
		Issuer: j.Issuer, Audiences: j.Audiences, JwksUri: j.JwksURI, Jwks: j.Jwks, FromParams: j.JwtParams, ForwardOriginalToken: true,
	}
	if j.Jwks != "" && j.JwksURI != "" {
		out.JwksUri = "" // the API takes only one of them, and 1.4 used the keys that are written out
		note(&r.Notes, bothKeys)
	}
	for _, h := range j.JwtHeaders {
		out.FromHeaders = append(out.FromHeaders, &security.JWTHeader{Name: h})
	}
	if slices.Contains(j.JwtHeaders, exchangedHeader) {
		note(&r.NotSame, exchangedToken)
	}
	return out
}
