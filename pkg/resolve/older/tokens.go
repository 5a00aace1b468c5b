package older

import (
	"strings"

	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codes of changes of what tokens are good for.
const (
	ClaimsCompared     flow.Note = "ClaimsCompared"
	IssuersCut         flow.Note = "IssuersCut"
	AudiencesListed    flow.Note = "AudiencesListed"
	TokenToTheEnd      flow.Note = "TokenToTheEnd"
	TokenLinesApart    flow.Note = "TokenLinesApart"
	ListClaimsAsHeader flow.Note = "ListClaimsAsHeader"
	CookieTokens       flow.Note = "CookieTokens"
	IssuerOptional     flow.Note = "IssuerOptional"
	SpaceDelimited     flow.Note = "SpaceDelimited"
)

var ofTokens = []change{
	// Row 3: Istio's own authn filter compared claims, and split all of them at blanks (authn_utils.cc of istio/proxy 1.20).
	{code: ClaimsCompared, since: release.Since{{Major: 1, Minor: 21}}, proxy: true, bears: asksOfToken(""), old: []flow.Outcome{reaches, denied}},
	// Row 4: principals were cut at their first slash (pilot/pkg/security/authz/model/generator.go).
	{code: IssuersCut, since: release.Since{{Major: 1, Minor: 21, Patch: 1}}, from: release.Since{{Major: 1, Minor: 21}}, bears: asksOfToken("rincipal"), old: []flow.Outcome{reaches, denied}},
	// Row 4: a list of audiences met no condition.
	{code: AudiencesListed, since: release.Since{{Major: 1, Minor: 21, Patch: 3}, {Major: 1, Minor: 22}}, from: release.Since{{Major: 1, Minor: 21}}, bears: asksOfToken("audiences"), old: []flow.Outcome{reaches, denied}},
	// Row 51: a token ended at the first character that none can have (Envoy before 1.28, token_passed_entirely).
	{code: TokenToTheEnd, since: release.Since{{Major: 1, Minor: 20}}, proxy: true, bears: tokenRefused, old: []flow.Outcome{reaches, denied}},
	// Row 52: the lines of a token's header were joined (Envoy before 1.30).
	{code: TokenLinesApart, since: release.Since{{Major: 1, Minor: 22}}, proxy: true, bears: severalTokenLines, old: []flow.Outcome{refused}},
	// Row 53: a claim that is a list or an object made no header (Envoy before 1.29).
	{code: ListClaimsAsHeader, since: release.Since{{Major: 1, Minor: 21}}, proxy: true, bears: listClaim, old: []flow.Outcome{reaches, denied, missing}},
	// Row 55: fields that RequestAuthentication did not have.
	{code: CookieTokens, since: release.Since{{Major: 1, Minor: 21}}, bears: tokenRule(func(r rule) bool { return len(r.GetFromCookies()) > 0 }), old: []flow.Outcome{reaches, denied, refused}},
	{code: IssuerOptional, since: release.Since{{Major: 1, Minor: 27}}, bears: tokenRule(func(r rule) bool { return r.GetIssuer() == "" }), old: []flow.Outcome{reaches, denied, refused}},
	{code: SpaceDelimited, since: release.Since{{Major: 1, Minor: 28}}, bears: tokenRule(func(r rule) bool { return len(r.GetSpaceDelimitedClaims()) > 0 }), old: []flow.Outcome{reaches, denied}},
}

// rule is a rule of a RequestAuthentication.
type rule interface {
	GetFromCookies() []string
	GetIssuer() string
	GetSpaceDelimitedClaims() []string
}

// asksOfToken is a policy that compares something of a token which was verified; part names what it compares.
func asksOfToken(part string) func(place) mesh.Ref {
	return func(p place) mesh.Ref {
		if p.Left.Token.Claims == nil {
			return mesh.Ref{}
		}
		return p.compared(func(field, _ string, _ []string) bool {
			return strings.Contains(field, part) && (strings.Contains(field, "equestPrincipals") || strings.Contains(field, "request.auth."))
		}, "deny", "allow", "audit")
	}
}

// tokenRefused is a rule that refuses the token for what it is.
func tokenRefused(p place) mesh.Ref {
	for i := range p.Results {
		if r := &p.Results[i]; r.Stage == "requestAuthentication" && r.Reason == flow.TokenRefused {
			return r.Resource
		}
	}
	return mesh.Ref{}
}

// severalTokenLines is a RequestAuthentication that meets several lines of a header for tokens.
func severalTokenLines(p place) mesh.Ref {
	if len(p.Flow.Message.Headers.Values("authorization")) < 2 {
		return mesh.Ref{}
	}
	return tokenRule(func(rule) bool { return true })(p)
}

// listClaim is a RequestAuthentication that writes a claim into a header which is a list or an object.
func listClaim(p place) mesh.Ref {
	for _, a := range p.authentications() {
		for _, r := range a.Spec.GetJwtRules() {
			for _, h := range r.GetOutputClaimToHeaders() {
				switch p.Left.Token.Claims[h.GetClaim()].(type) {
				case []any, map[string]any:
					return mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: a.Namespace, Name: a.Name}
				}
			}
		}
	}
	return mesh.Ref{}
}

// tokenRule is a RequestAuthentication that applies, with such a rule.
func tokenRule(is func(rule) bool) func(place) mesh.Ref {
	return func(p place) mesh.Ref {
		for _, a := range p.authentications() {
			for _, r := range a.Spec.GetJwtRules() {
				if is(r) {
					return mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: a.Namespace, Name: a.Name}
				}
			}
		}
		return mesh.Ref{}
	}
}

// authentications are the RequestAuthentications that apply to a request which shows something that may be a token, or is refused for want of one.
func (p place) authentications() []*securityapi.RequestAuthentication {
	var out []*securityapi.RequestAuthentication
	for i := range p.Results {
		r := &p.Results[i]
		for _, c := range r.Candidates {
			if r.Stage != "requestAuthentication" || !c.Applies {
				continue
			}
			if o, ok := p.s.Object(c.Ref.Object()); ok {
				if a, is := o.(*securityapi.RequestAuthentication); is {
					out = append(out, a)
				}
			}
		}
	}
	return out
}
