package route

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Reading is how a proxy reads headers, by its release and its control plane's.
type Reading struct {
	joined       bool // several lines of one header are joined
	missingEmpty bool // to a negated condition a header that is missing is an empty one
}

// ReadingOf is how a pod's proxy reads headers.
func ReadingOf(s *mesh.Snapshot, pod *corev1.Pod) Reading {
	return Reading{joined: flow.JoinsLines(s, pod), missingEmpty: s.Version.Istiod.Has(release.MissingHeadersEmpty)}
}

// Match compares a request with a route's match, as [Route] does.
func Match(f flow.Flow, r *config.Route, by Reading) (evidence.Tri, []evidence.Check) {
	return matchRoute(f, r, by)
}

// matchRoute compares a request with a route's match; all of its conditions must hold (TranslateRouteMatch of
// pilot/pkg/networking/core/route/route.go; Envoy, config_impl.cc).
func matchRoute(f flow.Flow, r *config.Route, by Reading) (evidence.Tri, []evidence.Check) {
	m := r.Match
	if m == nil {
		return evidence.True, nil
	}
	if f.RoutedBy != nil {
		f.Message = *f.RoutedBy
	}
	var checks []evidence.Check
	check := func(field string, want string, got string, is evidence.Tri) {
		checks = append(checks, evidence.Check{Comparison: &evidence.Comparison{Field: r.Condition(field), Want: []string{want}}, Got: got, Is: is})
	}
	if m.Uri != nil {
		path := envoy.TrimPath(f.Message.Path)
		check("uri", textOf(m.Uri), path, matchURI(m, path, r.VS.Made()))
	}
	single := []struct {
		field, got string
		m          *networking.StringMatch
	}{{"scheme", f.SchemeHeader(), m.Scheme}, {"method", f.Message.Method, m.Method}, {"authority", f.Message.Authority, m.Authority}}
	for _, x := range single {
		if x.m != nil {
			check(x.field, textOf(x.m), x.got, matchText(x.m, x.got))
		}
	}
	for name, want := range m.Headers {
		got, is := header(f, name, want, by.joined)
		check("headers["+name+"]", textOf(want), got, is)
	}
	for name, want := range m.WithoutHeaders {
		got, is := withoutHeader(f, name, want, by)
		check("withoutHeaders["+name+"]", textOf(want), got, is)
	}
	for name, want := range m.QueryParams {
		got, has := envoy.QueryParam(f.Message.Path, name)
		check("queryParams["+name+"]", textOf(want), got, evidence.And(evidence.Of(has), matchText(want, got)))
	}
	slices.SortFunc(checks, func(a, b evidence.Check) int { return strings.Compare(a.Field, b.Field) })
	all := evidence.True
	for _, c := range checks {
		all = evidence.And(all, c.Is)
	}
	return all, checks
}

const claimsPrefix = "@request.auth.claims"

// header matches a header of the request: one of its lines must match. The name may ask for a claim of the token that this proxy has
// verified.
func header(f flow.Flow, name string, want *networking.StringMatch, joined bool) (string, evidence.Tri) {
	if AsksClaim(name) {
		return claim(f, name[len(claimsPrefix):], want)
	}
	if f.Message.Hides(name) {
		return "", evidence.UnknownFor(evidence.Headers)
	}
	lines := f.HeaderLines(strings.ToLower(name), joined)
	return strings.Join(lines, ","), anyLine(lines, want)
}

// withoutHeader inverts: a header that is missing counts as an empty one, unless the condition asks for its presence.
func withoutHeader(f flow.Flow, name string, want *networking.StringMatch, by Reading) (string, evidence.Tri) {
	if AsksClaim(name) {
		got, is := claim(f, name[len(claimsPrefix):], want)
		return got, is.Not()
	}
	if f.Message.Hides(name) {
		return "", evidence.UnknownFor(evidence.Headers)
	}
	lines := f.HeaderLines(strings.ToLower(name), by.joined)
	got := strings.Join(lines, ",")
	if present(want) {
		return got, evidence.Of(len(lines) == 0)
	}
	if len(lines) == 0 {
		if !by.missingEmpty {
			return got, evidence.False // (Envoy, header_utility.cc, without treat_missing_header_as_empty)
		}
		lines = []string{""}
	}
	return got, anyLine(lines, want).Not()
}

// AsksClaim reports whether a header match is one on a claim of the verified token.
func AsksClaim(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), claimsPrefix)
}

func anyLine(lines []string, want *networking.StringMatch) evidence.Tri {
	out := evidence.False
	for _, line := range lines {
		out = evidence.Or(out, matchText(want, line))
	}
	return out
}

// claim matches a claim: a.b or [a][b] is nested. Only strings and lists of strings compare.
func claim(f flow.Flow, path string, want *networking.StringMatch) (string, evidence.Tri) {
	if f.At.Role == flow.ClientSidecar {
		return "", evidence.False // nothing verifies tokens on the way out
	}
	if f.Token.Known.IsUnknown() {
		return "", evidence.UnknownFor(evidence.Token)
	}
	var names []string
	if strings.HasPrefix(path, "[") {
		names = strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "["), "]"), "][")
	} else {
		names = strings.Split(strings.TrimPrefix(path, "."), ".")
	}
	values := f.Token.Claims.Strings(names)
	for _, v := range values {
		if is := matchText(want, v); is != evidence.False {
			return v, is
		}
	}
	return strings.Join(values, ","), evidence.False
}

func matchURI(m *networking.HTTPMatchRequest, path string, bySegments bool) evidence.Tri {
	fold := func(s string) string {
		if m.IgnoreUriCase {
			return strings.ToLower(s)
		}
		return s
	}
	switch x := m.Uri.MatchType.(type) {
	case *networking.StringMatch_Exact:
		return evidence.Of(fold(path) == fold(x.Exact))
	case *networking.StringMatch_Prefix:
		if bySegments && x.Prefix != "/" {
			// By whole segments; a slash at the end does not count.
			rest, ok := strings.CutPrefix(fold(path), fold(strings.TrimSuffix(x.Prefix, "/")))
			return evidence.Of(ok && (rest == "" || rest[0] == '/'))
		}
		return evidence.Of(strings.HasPrefix(fold(path), fold(x.Prefix)))
	case *networking.StringMatch_Regex:
		return fullMatch(x.Regex, path)
	}
	return evidence.True
}

func matchText(m *networking.StringMatch, got string) evidence.Tri {
	if present(m) {
		return evidence.True
	}
	switch x := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return evidence.Of(got == x.Exact)
	case *networking.StringMatch_Prefix:
		return evidence.Of(strings.HasPrefix(got, x.Prefix))
	case *networking.StringMatch_Regex:
		return fullMatch(x.Regex, got)
	}
	return evidence.True
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

// fullMatch compares the whole of a text with an expression. What does not compile matches nothing; the proxy refuses such a configuration, which
// package nacked reports.
func fullMatch(expr, s string) evidence.Tri {
	return evidence.Known(envoy.ParseExpression(expr).Full(s))
}
