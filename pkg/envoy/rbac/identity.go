package rbac

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// principals compares the peer's identity. "*" is any identity; a suffix stands behind anything.
func principals(_, values []string, w Writer) matcher {
	values = replaceTrustDomains(values, w.TrustDomains)
	if !w.Release.Has(release.NamespacesQuoted) {
		return unquotedPrincipals(values)
	}
	return literalPrincipals(values)
}

func literalPrincipals(values []string) matcher {
	const scheme = "spiffe://"
	compiled := parsePatterns(values)
	return func(s *Subject) (string, evidence.Tri) {
		rest, spiffe := strings.CutPrefix(s.Principal, scheme)
		for _, p := range compiled {
			if s.Principal != "" && (p.Form == envoy.Present || spiffe && p.Match(rest)) {
				return rest, evidence.True
			}
		}
		return rest, evidence.False
	}
}

// unquotedPrincipals takes what stands behind the star of a suffix for a part of an expression.
func unquotedPrincipals(values []string) matcher {
	var suffixes, others []string
	for _, v := range values {
		if strings.HasPrefix(v, "*") && v != "*" {
			suffixes = append(suffixes, "spiffe://.*"+v[1:])
		} else {
			others = append(others, v)
		}
	}
	other, suffix := literalPrincipals(others), identityExpression(suffixes)
	return func(s *Subject) (string, evidence.Tri) {
		if got, is := other(s); is == evidence.True {
			return got, is
		}
		return suffix(s)
	}
}

// identityExpression compares the peer's whole identity with expressions. One that is not UTF-8, which no identity is, or, of a release that does
// not quote values, no expression at all, matches nothing.
func identityExpression(expr []string) matcher {
	parsed := make([]*envoy.Expression, len(expr))
	for i, e := range expr {
		parsed[i] = envoy.ParseExpression(e)
	}
	return func(s *Subject) (string, evidence.Tri) {
		got, out := strings.TrimPrefix(s.Principal, "spiffe://"), evidence.False
		for _, e := range parsed {
			out = evidence.Or(out, evidence.Known(e.Full(s.Principal)))
		}
		return got, evidence.And(evidence.Of(s.Principal != ""), out)
	}
}

// namespaces: a star anywhere in a value stands for anything. In Istio it is the expression .*/ns/VALUE/.* of the whole identity;
// since its ends are open, the pieces between the stars have to stand in it one after the other. No dot takes the end of a line.
func namespaces(_, values []string, w Writer) matcher {
	if !w.Release.Has(release.NamespacesQuoted) {
		expr := make([]string, len(values))
		for i, v := range values {
			expr[i] = ".*/ns/" + strings.ReplaceAll(v, "*", ".*") + "/.*"
		}
		return identityExpression(expr)
	}
	pieces := make([][]string, len(values))
	for i, v := range values {
		pieces[i] = strings.Split("/ns/"+v+"/", "*")
	}
	return func(s *Subject) (string, evidence.Tri) {
		got := strings.TrimPrefix(s.Principal, "spiffe://")
		return got, evidence.Of(!strings.Contains(s.Principal, "\n") && slices.ContainsFunc(pieces, func(p []string) bool { return inOrder(s.Principal, p) }))
	}
}

func inOrder(s string, pieces []string) bool {
	for _, p := range pieces {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return true
}

// serviceAccounts: a name without a namespace is one of the policy's own.
func serviceAccounts(_, values []string, w Writer) matcher {
	expr := make([]string, len(values))
	for i, v := range values {
		ns, sa, ok := strings.Cut(v, "/")
		if !ok {
			ns, sa = w.Namespace, v
		}
		if w.Release.Has(release.AccountsQuoted) {
			ns, sa = regexp.QuoteMeta(ns), regexp.QuoteMeta(sa)
		}
		expr[i] = "spiffe://.+/ns/" + ns + "/(.+/|)sa/" + sa + "(/.+)?"
	}
	return identityExpression(expr)
}

// trustDomains: a value that is one of the mesh's own stands for all of them; a star does not cross the first slash.
func trustDomains(_, values []string, w Writer) matcher {
	var expr []string
	for _, v := range values {
		expanded := []string{v}
		if slices.Contains(w.TrustDomains, v) {
			expanded = w.TrustDomains
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
// mesh's trust domains (istio: pilot/pkg/security/trustdomain/bundle.go, ReplaceTrustDomainAliases).
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
