package policy

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// A placed token is a token and where it was found.
type placed struct {
	raw    string
	header string // one of these three
	param  string
	cookie string
}

// tokensOf collects the tokens that a rule looks for, in the order in which Envoy collects them: headers, parameters, cookies. The
// default places count only where the rule names none (envoy: source/extensions/filters/http/jwt_authn/extractor.cc).
func tokensOf(f flow.Flow, rule *security.JWTRule) []placed {
	headers, params, cookies := rule.FromHeaders, rule.FromParams, rule.FromCookies
	if len(headers)+len(params)+len(cookies) == 0 {
		headers = []*security.JWTHeader{{Name: "Authorization", Prefix: "Bearer "}}
		params = []string{"access_token"}
	}
	var out []placed
	for _, h := range headers {
		for _, line := range f.HeaderLines(strings.ToLower(h.Name), false) {
			if raw, ok := cutToken(line, h.Prefix); ok {
				out = append(out, placed{raw: raw, header: strings.ToLower(h.Name)})
			}
		}
	}
	for _, p := range params {
		if v, ok := route.QueryParam(f.Message.Path, p); ok {
			if d, err := url.PathUnescape(v); err == nil {
				v = d
			}
			out = append(out, placed{raw: v, param: p})
		}
	}
	for _, c := range cookies {
		if v, ok := cookie(f.Message.Headers, c); ok {
			out = append(out, placed{raw: v, cookie: c})
		}
	}
	return out
}

const tokenChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

// cutToken finds the token in a header's line: behind the prefix, which may stand anywhere in it, from the first character that a token
// can have to the end of the value.
func cutToken(line, prefix string) (string, bool) {
	if prefix == "" {
		return line, true // an empty one too
	}
	_, rest, found := strings.Cut(line, prefix)
	if !found {
		return "", false
	}
	if i := strings.IndexAny(rest, tokenChars); i >= 0 {
		return rest[i:], true
	}
	return line, true
}

func cookie(h flow.Headers, name string) (string, bool) {
	for _, line := range h.Values("cookie") {
		for _, pair := range strings.Split(line, ";") {
			if k, v, _ := strings.Cut(strings.TrimSpace(pair), "="); k == name {
				return strings.Trim(v, `"`), true
			}
		}
	}
	return "", false
}

// consume takes a verified token out of the request, unless the rule wants it kept; a cookie always stays.
func consume(m flow.Message, rule *security.JWTRule, t placed) flow.Message {
	if rule.ForwardOriginalToken {
		return m
	}
	switch {
	case t.header != "":
		m.Headers = m.Headers.Without(t.header)
	case t.param != "":
		path, query, _ := strings.Cut(m.Path, "?")
		pairs := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool { k, _, _ := strings.Cut(p, "="); return k == t.param })
		m.Path = path
		if len(pairs) > 0 {
			m.Path += "?" + strings.Join(pairs, "&")
		}
	}
	return m
}

// sanitize drops what a rule would write, so that clients cannot forge it.
func sanitize(m flow.Message, rule *security.JWTRule) flow.Message {
	if h := rule.OutputPayloadToHeader; h != "" {
		m.Headers = m.Headers.Without(h)
	}
	for _, o := range rule.OutputClaimToHeaders {
		m.Headers = m.Headers.Without(o.Header)
	}
	return m
}

// output writes the headers that a rule derives from a verified token.
func output(m flow.Message, rule *security.JWTRule, t *envoy.Token) flow.Message {
	if h := rule.OutputPayloadToHeader; h != "" {
		m.Headers = m.Headers.Set(h, t.Payload())
	}
	for _, o := range rule.OutputClaimToHeaders {
		if v, ok := envoy.ClaimHeader(t.Claims, o.Claim); ok {
			m.Headers = m.Headers.Set(o.Header, v)
		}
	}
	return m
}

// claimsOf are a token's claims as policies see them: scope, permission and what the rule names are lists of words
// (pilot/pkg/security/authn/policy_applier.go).
func claimsOf(t *envoy.Token, rule *security.JWTRule) map[string]any {
	claims := maps.Clone(t.Claims)
	for _, name := range append([]string{"scope", "permission"}, rule.SpaceDelimitedClaims...) {
		s, ok := claims[name].(string)
		if !ok {
			continue
		}
		var words []any
		for _, w := range strings.Split(s, " ") {
			words = append(words, w)
		}
		claims[name] = words
	}
	return claims
}
