package policy

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// A Clause is one field of a rule with its values: it holds if any of them matches, or, negated, if none does.
type Clause struct {
	evidence.Comparison
	not      bool
	httpOnly bool // cannot be seen on a TCP chain
	invalid  bool // a value of it cannot be used
	match    matcher
}

// matcher tells what the request has for a clause, and whether any of the clause's values matches it.
type matcher func(*Subject) (got string, is evidence.Tri)

// Subject is the request as the filters of one proxy see it.
type Subject struct {
	f         flow.Flow
	principal string // with spiffe://; empty for a peer without identity
	path      string
	direct    netip.Addr // socket peer
	remote    netip.Addr // the client as the proxy makes it out
	internal  bool       // the socket peer is none that has an address
	joined    bool       // several lines of a header are joined before matching
}

// Holds reports whether the clause holds for a request, and what the request has for it.
func (c *Clause) Holds(s *Subject) (string, evidence.Tri) {
	got, is := c.match(s)
	if c.not {
		is = is.Not()
	}
	return got, is
}

// patterns compares a text in the four forms.
func patterns(values []string, of func(*Subject) string) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		got := of(s)
		return got, evidence.Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.Match(got) }))
	}
}

func parsePatterns(values []string) []envoy.Pattern {
	out := make([]envoy.Pattern, len(values))
	for i, v := range values {
		out[i] = envoy.ParsePattern(v)
	}
	return out
}

func matchMethods(values []string) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		return s.f.Message.Method, evidence.Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchHeader(s.f.Message.Method) }))
	}
}

func matchHosts(values []string) matcher {
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		return s.f.Message.Authority, evidence.Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchFold(s.f.Message.Authority) }))
	}
}

func matchPaths(values []string) matcher {
	type one struct {
		p        envoy.Pattern
		t        *envoy.Template
		template bool
	}
	var compiled []one
	for _, v := range values {
		if envoy.IsTemplate(v) {
			compiled = append(compiled, one{t: envoy.ParseTemplate(v), template: true})
		} else {
			compiled = append(compiled, one{p: envoy.ParsePattern(v)})
		}
	}
	return func(s *Subject) (string, evidence.Tri) {
		for i := range compiled {
			if c := &compiled[i]; c.template && c.t.Match(s.path) || !c.template && c.p.Match(s.path) {
				return s.path, evidence.True
			}
		}
		return s.path, evidence.False
	}
}

// matchPorts: the local port of the connection, a number without range or star.
func matchPorts(values []string) (m matcher, invalid bool) {
	var ports []int
	for _, v := range values {
		n, err := strconv.ParseUint(v, 10, 32)
		if err != nil || n > 65535 {
			invalid = true
			continue
		}
		ports = append(ports, int(n))
	}
	return func(s *Subject) (string, evidence.Tri) {
		return strconv.Itoa(s.f.Wire.Port), evidence.Of(slices.Contains(ports, s.f.Wire.Port))
	}, invalid
}

// matchPeers compares the address of the socket peer. The peer of a listener within the proxy has none, which is in no range, not even in the
// one of all addresses (Envoy's RBAC filter, IPMatcher).
func matchPeers(values []string) (m matcher, invalid bool) {
	addressed, invalid := matchAddresses(values, func(s *Subject) netip.Addr { return s.direct })
	return func(s *Subject) (string, evidence.Tri) {
		if s.internal {
			return "", evidence.False
		}
		return addressed(s)
	}, invalid
}

// matchAddresses compares an address with addresses and ranges. An address that is not known may match any of them.
func matchAddresses(values []string, of func(*Subject) netip.Addr) (m matcher, invalid bool) {
	var ranges []netip.Prefix
	for _, v := range values {
		if p, err := netip.ParsePrefix(v); err == nil {
			ranges = append(ranges, p)
		} else if a, err := netip.ParseAddr(v); err == nil {
			ranges = append(ranges, netip.PrefixFrom(a, a.BitLen()))
		} else {
			invalid = true
		}
	}
	return func(s *Subject) (string, evidence.Tri) {
		a := of(s)
		if !a.IsValid() {
			if slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
				return "", evidence.True
			}
			return "", evidence.Unknown
		}
		return a.String(), evidence.Of(slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) }))
	}, invalid
}
