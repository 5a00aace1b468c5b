package resolve

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// matchRoute compares a request with a route's match; all of its conditions must hold (TranslateRouteMatch of
// pilot/pkg/networking/core/route/route.go; Envoy, config_impl.cc).
func (f Flow) matchRoute(r *precedence.Route, joined bool) (Tri, []Check) {
	m := r.Match
	if m == nil {
		return True, nil
	}
	if f.RoutedBy != nil {
		f.Message = *f.RoutedBy
	}
	var checks []Check
	check := func(field string, want string, got string, is Tri) {
		checks = append(checks, Check{Comparison: &Comparison{Field: r.Condition(field), Want: []string{want}}, Got: got, Is: is})
	}
	if m.Uri != nil {
		path := envoy.TrimPath(f.Message.Path)
		check("uri", textOf(m.Uri), path, Of(matchURI(m, path, r.VS.GatewayAPI)))
	}
	single := []struct {
		field, got string
		m          *networking.StringMatch
	}{{"scheme", f.scheme(), m.Scheme}, {"method", f.Message.Method, m.Method}, {"authority", f.Message.Authority, m.Authority}}
	for _, x := range single {
		if x.m != nil {
			check(x.field, textOf(x.m), x.got, Of(present(x.m) || matchText(x.m, x.got)))
		}
	}
	for name, want := range m.Headers {
		got, is := f.header(name, want, joined)
		check("headers["+name+"]", textOf(want), got, is)
	}
	for name, want := range m.WithoutHeaders {
		got, is := f.withoutHeader(name, want, joined)
		check("withoutHeaders["+name+"]", textOf(want), got, is)
	}
	for name, want := range m.QueryParams {
		got, has := queryParam(f.Message.Path, name)
		check("queryParams["+name+"]", textOf(want), got, Of(has && (present(want) || matchText(want, got))))
	}
	slices.SortFunc(checks, func(a, b Check) int { return strings.Compare(a.Field, b.Field) })
	all := True
	for _, c := range checks {
		all = And(all, c.Is)
	}
	return all, checks
}

// scheme is :scheme as the proxy sees it: X-Forwarded-Proto says it, which a sidecar takes from its client as it is and a gateway, unless it
// trusts proxies before it, sets itself (envoy: source/common/http/conn_manager_utility.cc, mutateRequestHeaders).
func (f Flow) scheme() string {
	v, has := f.Message.Headers.Get("x-forwarded-proto")
	if v = strings.ToLower(v); v == "http" || v == "https" {
		return v
	}
	if f.terminated() || has && f.At.Role == ServerSidecar && f.Wire.Transport != Plaintext {
		return "https"
	}
	return "http"
}

const claimsPrefix = "@request.auth.claims"

// header matches a header of the request: one of its lines must match. The name may ask for a claim of the token that this proxy has
// verified.
func (f Flow) header(name string, want *networking.StringMatch, joined bool) (string, Tri) {
	if asksClaim(name) {
		return f.claim(name[len(claimsPrefix):], want)
	}
	lines := f.headerLines(strings.ToLower(name), joined)
	return strings.Join(lines, ","), Of(len(lines) > 0 && (present(want) || anyLine(lines, want)))
}

// withoutHeader inverts: a header that is missing counts as an empty one, unless the condition asks for its presence.
func (f Flow) withoutHeader(name string, want *networking.StringMatch, joined bool) (string, Tri) {
	if asksClaim(name) {
		got, is := f.claim(name[len(claimsPrefix):], want)
		return got, is.Not()
	}
	lines := f.headerLines(strings.ToLower(name), joined)
	got := strings.Join(lines, ",")
	if present(want) {
		return got, Of(len(lines) == 0)
	}
	if len(lines) == 0 {
		lines = []string{""}
	}
	return got, Of(!anyLine(lines, want))
}

func asksClaim(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), claimsPrefix)
}

func anyLine(lines []string, want *networking.StringMatch) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return matchText(want, line) })
}

// claim matches a claim: a.b or [a][b] is nested. Only strings and lists of strings compare.
func (f Flow) claim(path string, want *networking.StringMatch) (string, Tri) {
	if f.At.Role == ClientSidecar {
		return "", False // nothing verifies tokens on the way out
	}
	if f.Token.Known == Unknown {
		return "", Unknown
	}
	var names []string
	if strings.HasPrefix(path, "[") {
		names = strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "["), "]"), "][")
	} else {
		names = strings.Split(strings.TrimPrefix(path, "."), ".")
	}
	values := f.Token.strings(names)
	for _, v := range values {
		if present(want) || matchText(want, v) {
			return v, True
		}
	}
	return strings.Join(values, ","), False
}

func matchURI(m *networking.HTTPMatchRequest, path string, gatewayAPI bool) bool {
	fold := func(s string) string {
		if m.IgnoreUriCase {
			return strings.ToLower(s)
		}
		return s
	}
	switch x := m.Uri.MatchType.(type) {
	case *networking.StringMatch_Exact:
		return fold(path) == fold(x.Exact)
	case *networking.StringMatch_Prefix:
		if gatewayAPI && x.Prefix != "/" {
			// By whole segments; a slash at the end does not count.
			rest, ok := strings.CutPrefix(fold(path), fold(strings.TrimSuffix(x.Prefix, "/")))
			return ok && (rest == "" || rest[0] == '/')
		}
		return strings.HasPrefix(fold(path), fold(x.Prefix))
	case *networking.StringMatch_Regex:
		return fullMatch(x.Regex, path)
	}
	return true
}

func matchText(m *networking.StringMatch, got string) bool {
	switch x := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return got == x.Exact
	case *networking.StringMatch_Prefix:
		return strings.HasPrefix(got, x.Prefix)
	case *networking.StringMatch_Regex:
		return fullMatch(x.Regex, got)
	}
	return true
}

// present tells a condition that asks for nothing but presence: an empty one, or the expression "*", which is none.
func present(m *networking.StringMatch) bool {
	return m.GetMatchType() == nil || m.GetRegex() == "*"
}

func textOf(m *networking.StringMatch) string {
	switch x := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return x.Exact
	case *networking.StringMatch_Prefix:
		return x.Prefix + "*"
	case *networking.StringMatch_Regex:
		return "~" + x.Regex
	}
	return "*"
}

var expressions sync.Map // string -> *regexp.Regexp, nil for what does not compile

// fullMatch matches an RE2 expression against the whole text, as Envoy does: the longest match from the beginning is all of it. What does
// not compile matches nothing; the proxy refuses such a configuration, which rejected() reports.
func fullMatch(expr, s string) bool {
	re, ok := expressions.Load(expr)
	if !ok {
		compiled, err := regexp.Compile(expr)
		if err != nil {
			compiled = nil
		} else {
			compiled.Longest()
		}
		re = compiled
		expressions.Store(expr, re)
	}
	c, _ := re.(*regexp.Regexp)
	if c == nil {
		return false
	}
	at := c.FindStringIndex(s)
	return at != nil && at[0] == 0 && at[1] == len(s)
}

// queryParam returns the first value of a parameter as it was sent: routes compare without decoding.
func queryParam(path, name string) (string, bool) {
	_, query, _ := strings.Cut(path, "?")
	for _, pair := range strings.Split(query, "&") {
		if k, v, _ := strings.Cut(pair, "="); k == name {
			return v, true
		}
	}
	return "", false
}
