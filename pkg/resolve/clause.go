package resolve

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// A clause is one field of a rule with its values: it holds if any of them matches, or, negated, if none does.
type clause struct {
	field    string // path within the policy
	key      string // of a condition
	values   []string
	not      bool
	httpOnly bool // cannot be seen on a TCP chain
	invalid  bool // a value of it cannot be used
	match    matcher
}

// matcher tells what the request has for a clause, and whether any of the clause's values matches it.
type matcher func(*subject) (got string, is Tri)

// subject is the request as the filters of one proxy see it.
type subject struct {
	f         Flow
	principal string // with spiffe://; empty for a peer without identity
	path      string
	direct    netip.Addr // socket peer
	remote    netip.Addr // the client as the proxy makes it out
	joined    bool       // several lines of a header are joined before matching
}

func (c *clause) holds(s *subject) (string, Tri) {
	got, is := c.match(s)
	if c.not {
		is = is.Not()
	}
	return got, is
}

// patterns compares a text in the four forms.
func patterns(values []string, of func(*subject) string) matcher {
	compiled := parsePatterns(values)
	return func(s *subject) (string, Tri) {
		got := of(s)
		return got, Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.Match(got) }))
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
	return func(s *subject) (string, Tri) {
		return s.f.Message.Method, Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchHeader(s.f.Message.Method) }))
	}
}

func matchHosts(values []string) matcher {
	compiled := parsePatterns(values)
	return func(s *subject) (string, Tri) {
		return s.f.Message.Authority, Of(slices.ContainsFunc(compiled, func(p envoy.Pattern) bool { return p.MatchFold(s.f.Message.Authority) }))
	}
}

func matchPaths(values []string) matcher {
	type one struct {
		p envoy.Pattern
		t *envoy.Template
	}
	var compiled []one
	for _, v := range values {
		if envoy.IsTemplate(v) {
			compiled = append(compiled, one{t: envoy.ParseTemplate(v)})
		} else {
			compiled = append(compiled, one{p: envoy.ParsePattern(v)})
		}
	}
	return func(s *subject) (string, Tri) {
		for i, c := range compiled {
			if envoy.IsTemplate(values[i]) && c.t.Match(s.path) || !envoy.IsTemplate(values[i]) && c.p.Match(s.path) {
				return s.path, True
			}
		}
		return s.path, False
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
	return func(s *subject) (string, Tri) {
		return itoa(s.f.Wire.Port), Of(slices.Contains(ports, s.f.Wire.Port))
	}, invalid
}

// matchAddresses compares an address with addresses and ranges. An address that is not known may match any of them.
func matchAddresses(values []string, of func(*subject) netip.Addr) (m matcher, invalid bool) {
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
	return func(s *subject) (string, Tri) {
		a := of(s)
		if !a.IsValid() {
			if slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
				return "", True
			}
			return "", Unknown
		}
		return a.String(), Of(slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) }))
	}, invalid
}

// matchPrincipals compares the peer's identity. "*" is any identity; a suffix stands behind anything.
func matchPrincipals(values []string, cfg mesh.Config) matcher {
	const scheme = "spiffe://"
	compiled := parsePatterns(replaceTrustDomains(values, cfg.TrustDomains))
	return func(s *subject) (string, Tri) {
		rest, spiffe := strings.CutPrefix(s.principal, scheme)
		for _, p := range compiled {
			if s.principal != "" && (p.Form == envoy.Present || spiffe && p.Match(rest)) {
				return rest, True
			}
		}
		return rest, False
	}
}

// identityExpression compares the peer's whole identity with expressions.
func identityExpression(expr []string) matcher {
	compiled := make([]*regexp.Regexp, len(expr))
	for i, e := range expr {
		compiled[i] = cachedExpression(e)
	}
	return func(s *subject) (string, Tri) {
		got := strings.TrimPrefix(s.principal, "spiffe://")
		return got, Of(s.principal != "" && slices.ContainsFunc(compiled, func(r *regexp.Regexp) bool { return r.MatchString(s.principal) }))
	}
}

var identityExpressions sync.Map

func cachedExpression(expr string) *regexp.Regexp {
	if r, ok := identityExpressions.Load(expr); ok {
		return r.(*regexp.Regexp)
	}
	r := regexp.MustCompile("^(?:" + expr + ")$")
	identityExpressions.Store(expr, r)
	return r
}

// matchNamespaces: a star anywhere in a value stands for anything.
func matchNamespaces(values []string) matcher {
	expr := make([]string, len(values))
	for i, v := range values {
		parts := strings.Split(v, "*")
		for j, p := range parts {
			parts[j] = regexp.QuoteMeta(p)
		}
		expr[i] = ".*/ns/" + strings.Join(parts, ".*") + "/.*"
	}
	return identityExpression(expr)
}

// matchServiceAccounts: a name without a namespace is one of the policy's own.
func matchServiceAccounts(values []string, namespace string) matcher {
	expr := make([]string, len(values))
	for i, v := range values {
		ns, sa, ok := strings.Cut(v, "/")
		if !ok {
			ns, sa = namespace, v
		}
		expr[i] = "spiffe://.+/ns/" + regexp.QuoteMeta(ns) + "/(.+/|)sa/" + regexp.QuoteMeta(sa) + "(/.+)?"
	}
	return identityExpression(expr)
}

// matchTrustDomains: a value that is one of the mesh's own stands for all of them; a star does not cross the first slash.
func matchTrustDomains(values []string, cfg mesh.Config) matcher {
	var expr []string
	for _, v := range values {
		expanded := []string{v}
		if slices.Contains(cfg.TrustDomains, v) {
			expanded = cfg.TrustDomains
		}
		for _, x := range expanded {
			before, after, star := strings.Cut(x, "*")
			switch {
			case x == "*":
				expr = append(expr, "spiffe://.*")
			case star:
				expr = append(expr, "spiffe://"+regexp.QuoteMeta(before)+"[^/]*"+regexp.QuoteMeta(after)+"/.*")
			default:
				expr = append(expr, "spiffe://"+regexp.QuoteMeta(x)+"/.*")
			}
		}
	}
	return identityExpression(expr)
}

// replaceTrustDomains gives full principals of the mesh's trust domain, of an alias of it, or of cluster.local one value for each of the
// mesh's trust domains (pilot/pkg/security/trustdomain/bundle.go, ReplaceTrustDomainAliases).
func replaceTrustDomains(values, domains []string) []string {
	var out []string
	for _, v := range values {
		parts := strings.Split(v, "/")
		if len(parts) != 5 || parts[0] == "*" || parts[0] != mesh.DefaultTrustDomain && !slices.ContainsFunc(domains, func(d string) bool { return overlap(parts[0], d) }) {
			out = append(out, v)
			continue
		}
		var own []string
		for _, d := range domains {
			replaced := v
			if !strings.HasPrefix(parts[0], "*") || !strings.HasSuffix(d, parts[0][1:]) {
				replaced = d + "/" + strings.Join(parts[1:], "/")
			}
			if !slices.Contains(own, replaced) {
				own = append(own, replaced)
			}
		}
		out = append(out, own...)
	}
	return out
}

// overlap compares with a star at either end of either side.
func overlap(a, b string) bool {
	half := func(s, pattern string) bool {
		return strings.HasSuffix(pattern, "*") && strings.HasPrefix(s, strings.TrimSuffix(pattern, "*")) ||
			strings.HasPrefix(pattern, "*") && strings.HasSuffix(s, strings.TrimPrefix(pattern, "*"))
	}
	return a == b || b == "*" || half(a, b) || half(b, a)
}
