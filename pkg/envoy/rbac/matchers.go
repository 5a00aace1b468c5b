package rbac

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// matcher finds what a request has for a condition, and whether any of the condition's values matches it.
type matcher func(*Subject) (got string, is evidence.Tri)

func parsePatterns(values []string) []envoy.Pattern {
	out := make([]envoy.Pattern, len(values))
	for i, v := range values {
		out[i] = envoy.ParsePattern(v)
	}
	return out
}

func serverName(_, values []string, _ Writer) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		return s.ServerName, evidence.Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.Match(s.ServerName) }))
	}
}

func methods(_, values []string, _ Writer) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		if s.Headers.Hides(":method") {
			return "", evidence.UnknownFor(evidence.Headers)
		}
		return s.Method, evidence.Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchHeader(s.Method) }))
	}
}

func hosts(_, values []string, _ Writer) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		if s.Headers.Hides(":authority") {
			return "", evidence.UnknownFor(evidence.Headers)
		}
		return s.Authority, evidence.Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchFold(s.Authority) }))
	}
}

// paths: a value with {*} or {**} is a template where istiod knows templates, else text as any other.
func paths(_, values []string, w Writer) matcher {
	type one struct {
		p        envoy.Pattern
		t        *envoy.Template
		template bool
	}
	compiled := make([]one, len(values))
	for i, v := range values {
		if envoy.IsTemplate(v) && w.Release.Has(release.PathTemplates) {
			compiled[i] = one{t: envoy.ParseTemplate(v), template: true}
		} else {
			compiled[i] = one{p: envoy.ParsePattern(v)}
		}
	}
	return func(s *Subject) (string, evidence.Tri) {
		if s.Headers.Hides(":path") {
			return "", evidence.UnknownFor(evidence.Headers)
		}
		for i := range compiled {
			if c := &compiled[i]; c.template && c.t.Match(s.Path) || !c.template && c.p.Match(s.Path) {
				return s.Path, evidence.True
			}
		}
		return s.Path, evidence.False
	}
}

// ports: the local port of the connection, a number without range or star.
func ports(_, values []string, _ Writer) matcher {
	var compiled []int
	for _, v := range values {
		if isPort(v) {
			n, _ := strconv.Atoi(v)
			compiled = append(compiled, n)
		}
	}
	return func(s *Subject) (string, evidence.Tri) {
		return strconv.Itoa(s.Port), evidence.Of(slices.Contains(compiled, s.Port))
	}
}

// peers compares the address of the socket peer. The peer of a listener within the proxy has none, which is in no range, not even in the one of
// all addresses (Envoy's RBAC filter, IPMatcher).
func peers(names, values []string, w Writer) matcher {
	addressed := addresses(func(s *Subject) netip.Addr { return s.Direct })(names, values, w)
	return func(s *Subject) (string, evidence.Tri) {
		if s.Internal {
			return "", evidence.False
		}
		return addressed(s)
	}
}

// addresses compares an address with addresses and ranges. An address that is not known may match any of them.
func addresses(of func(*Subject) netip.Addr) func(_, values []string, _ Writer) matcher {
	return func(_, values []string, _ Writer) matcher {
		var ranges []netip.Prefix
		for _, v := range values {
			if p, err := netip.ParsePrefix(v); err == nil {
				ranges = append(ranges, p)
			} else if a, err := netip.ParseAddr(v); err == nil {
				ranges = append(ranges, netip.PrefixFrom(a, a.BitLen()))
			}
		}
		return func(s *Subject) (string, evidence.Tri) {
			a := of(s)
			if !a.IsValid() {
				if slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
					return "", evidence.True
				}
				return "", evidence.UnknownFor(evidence.Address)
			}
			return a.String(), evidence.Of(slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) }))
		}
	}
}

// header compares the lines of a header one by one; pseudo-headers go by their own names.
func header(names, values []string, _ Writer) matcher {
	name := strings.ToLower(names[0])
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		if s.Headers.Hides(name) {
			return "", evidence.UnknownFor(evidence.Headers)
		}
		lines := s.Headers.Lines(name)
		for _, line := range lines {
			if slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchHeader(line) }) {
				return line, evidence.True
			}
		}
		if s.TokenKnown.IsUnknown() && !strings.HasPrefix(name, ":") {
			return "", evidence.UnknownFor(evidence.Token) // what verifies the token may also write headers
		}
		return strings.Join(lines, ","), evidence.False
	}
}

// metadata is that of other filters; none is modelled that would set it.
func metadata(_, _ []string, _ Writer) matcher {
	return func(*Subject) (string, evidence.Tri) { return "", evidence.False }
}
