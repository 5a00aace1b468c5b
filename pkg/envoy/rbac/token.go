package rbac

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// claim compares a claim of the verified token: a string, or any string of a list. Which one the brackets say, where it is not fixed.
func claim(fixed ...string) func(names, values []string, _ Writer) matcher {
	return func(names, values []string, _ Writer) matcher {
		if len(fixed) > 0 {
			names = fixed
		}
		compiled := parsePatterns(values)
		return func(s *Subject) (string, evidence.Tri) {
			if s.TokenKnown.IsUnknown() {
				return "", evidence.UnknownFor(evidence.Token)
			}
			texts := s.Claims.Strings(names)
			for _, t := range texts {
				if slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.Match(t) }) {
					return t, evidence.True
				}
			}
			return strings.Join(texts, ","), evidence.False
		}
	}
}

// requestPrincipals compares issuer and subject of the verified token apart: a value is cut at its last slash
// (istio: pilot/pkg/security/authz/model/generator.go).
func requestPrincipals(_, values []string, _ Writer) matcher {
	type pair struct{ iss, sub func(string) bool }
	var pairs []pair
	for _, v := range values {
		iss, sub := requestPrincipal(v)
		pairs = append(pairs, pair{iss, sub})
	}
	return func(s *Subject) (string, evidence.Tri) {
		if s.TokenKnown.IsUnknown() {
			return "", evidence.UnknownFor(evidence.Token)
		}
		iss, hasIss := s.Claims.Text("iss")
		sub, hasSub := s.Claims.Text("sub")
		got := ""
		if hasIss || hasSub {
			got = iss + "/" + sub
		}
		for _, p := range pairs {
			if hasIss && hasSub && p.iss(iss) && p.sub(sub) {
				return got, evidence.True
			}
		}
		return got, evidence.False
	}
}

func requestPrincipal(v string) (iss, sub func(string) bool) {
	anything := func(s string) bool { return s != "" }
	exactly := func(want string) func(string) bool { return func(s string) bool { return s == want } }
	issuer, subject, found := cutLast(v, "/")
	if !found {
		issuer, subject = v, ""
	}
	switch {
	case v == "*":
		return anything, anything
	case strings.HasPrefix(v, "*") && !found:
		return anything, func(s string) bool { return strings.HasSuffix(s, v[1:]) }
	case strings.HasPrefix(v, "*"):
		if issuer == "*" {
			return anything, exactly(subject)
		}
		return func(s string) bool { return strings.HasSuffix(s, issuer[1:]) }, exactly(subject)
	case strings.HasSuffix(v, "*") && !found:
		return func(s string) bool { return strings.HasPrefix(s, v[:len(v)-1]) }, anything
	case strings.HasSuffix(v, "*"):
		if subject == "*" {
			return exactly(issuer), anything
		}
		return exactly(issuer), func(s string) bool { return strings.HasPrefix(s, subject[:len(subject)-1]) }
	}
	return exactly(issuer), exactly(subject)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
