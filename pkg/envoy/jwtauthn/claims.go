package jwtauthn

import (
	"maps"
	"strings"

	security "istio.io/api/security/v1beta1"
)

// Claims are those of a verified token, as the filter hands them to the filters behind it. Without a verified token there are none.
type Claims map[string]any

// claimsOf are a token's claims as policies see them: scope, permission and what the rule names are lists of words
// (istio: pilot/pkg/security/authn/policy_applier.go).
func claimsOf(t *Token, rule *security.JWTRule) Claims {
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

// Principal returns issuer/subject, which Istio calls the request principal; it is empty where a claim of the two is missing.
func (c Claims) Principal() string {
	iss, hasIss := c.Text("iss")
	sub, hasSub := c.Text("sub")
	if !hasIss || !hasSub {
		return ""
	}
	return iss + "/" + sub
}

// Text returns a claim that is a string.
func (c Claims) Text(name string) (string, bool) {
	v, ok := c[name].(string)
	return v, ok
}

// Strings returns a nested claim as the strings that compare: itself, or the strings of its list.
func (c Claims) Strings(names []string) []string {
	var v any = map[string]any(c)
	for _, n := range names {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		if v, ok = m[n]; !ok {
			return nil
		}
	}
	switch x := v.(type) {
	case string:
		return []string{x}
	case []any:
		var out []string
		for _, e := range x {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
