package policy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// condition makes a matcher of a condition's key and values. Known is false for keys that istiod does not have, which lose the whole
// rule; invalid is for those of which only the condition is lost.
func condition(key string, values []string, namespace string, cfg mesh.Config, release mesh.Release) (m matcher, httpOnly, invalid, known bool) {
	switch key {
	case "source.ip":
		m, invalid = matchPeers(values)
	case "remote.ip":
		m, invalid = matchAddresses(values, func(s *Subject) netip.Addr { return s.remote })
	case "source.namespace":
		m = matchNamespaces(values)
	case "source.serviceAccount":
		m = matchServiceAccounts(values, namespace)
	case "source.trustDomain":
		if release.Before(mesh.Release{Major: 1, Minor: 31}) {
			return nil, false, false, false
		}
		m = matchTrustDomains(values, cfg)
	case "source.principal":
		m = matchPrincipals(values, cfg)
	case "request.auth.principal":
		m, httpOnly = matchRequestPrincipals(values), true
	case "request.auth.audiences":
		m, httpOnly = matchClaim([]string{"aud"}, values), true
	case "request.auth.presenter":
		m, httpOnly = matchClaim([]string{"azp"}, values), true
	case "destination.ip":
		m, invalid = matchAddresses(values, func(s *Subject) netip.Addr { return s.f.Wire.IP })
	case "destination.port":
		m, invalid = matchPorts(values)
	case "connection.sni":
		m = patterns(values, func(s *Subject) string { return s.f.ServerName() })
	default:
		return bracketed(key, values)
	}
	return m, httpOnly, invalid, true
}

// bracketed are the keys that carry a name.
func bracketed(key string, values []string) (m matcher, httpOnly, invalid, known bool) {
	switch {
	case strings.HasPrefix(key, "request.headers"):
		name, ok := inBrackets(strings.TrimPrefix(key, "request.headers"))
		return matchHeader(name, values), true, !ok, true
	case strings.HasPrefix(key, "request.auth.claims"):
		names, ok := nestedBrackets(strings.TrimPrefix(key, "request.auth.claims"))
		return matchClaim(names, values), true, !ok, true
	case strings.HasPrefix(key, "experimental.envoy.filters."):
		// Metadata of other filters; none is modelled that would set it.
		_, _, ok := strings.Cut(key, "[")
		return func(*Subject) (string, evidence.Tri) { return "", evidence.False }, false, !ok, true
	}
	return nil, false, false, false
}

func inBrackets(s string) (string, bool) {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// nestedBrackets reads [a][b]; where that does not go up, all between the first and the last bracket is one name.
func nestedBrackets(s string) ([]string, bool) {
	var names []string
	for rest := s; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.Contains(rest[1:end], "[") {
			whole, ok := inBrackets(s)
			return []string{whole}, ok
		}
		names = append(names, rest[1:end])
		rest = rest[end+1:]
	}
	return names, true
}

// matchHeader compares the lines of a header one by one; pseudo-headers go by their own names.
func matchHeader(name string, values []string) matcher {
	name = strings.ToLower(name)
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		lines := s.f.HeaderLines(name, s.joined)
		for _, line := range lines {
			if slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchHeader(line) }) {
				return line, evidence.True
			}
		}
		if s.f.Token.Known == evidence.Unknown && !strings.HasPrefix(name, ":") {
			return "", evidence.Unknown // what verifies the token may also write headers
		}
		return strings.Join(lines, ","), evidence.False
	}
}

// matchClaim compares a claim of the verified token: a string, or any string of a list.
func matchClaim(names, values []string) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		if s.f.Token.Known == evidence.Unknown {
			return "", evidence.Unknown
		}
		texts := s.f.Token.Claims.Strings(names)
		for _, t := range texts {
			if slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.Match(t) }) {
				return t, evidence.True
			}
		}
		return strings.Join(texts, ","), evidence.False
	}
}

// matchRequestPrincipals compares issuer and subject of the verified token apart: a value is cut at its last slash
// (pilot/pkg/security/authz/model/generator.go).
func matchRequestPrincipals(values []string) matcher {
	type pair struct{ iss, sub func(string) bool }
	var pairs []pair
	for _, v := range values {
		iss, sub := requestPrincipal(v)
		pairs = append(pairs, pair{iss, sub})
	}
	return func(s *Subject) (string, evidence.Tri) {
		if s.f.Token.Known == evidence.Unknown {
			return "", evidence.Unknown
		}
		iss, hasIss := s.f.Token.Claims.Text("iss")
		sub, hasSub := s.f.Token.Claims.Text("sub")
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
