package explain

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

// redacted stands for what is not shown.
const redacted = "[redacted]"

// jwtLike finds what looks like a signed token: a header that begins with {" in base64url, and two further parts.
var jwtLike = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*(?:\.[A-Za-z0-9_=-]*)?`)

// secretNames are parts of the names of headers and parameters that carry secrets.
var secretNames = []string{"authorization", "cookie", "token", "secret", "password", "passwd", "api-key", "apikey", "api_key", "credential", "session", "signature", "auth"}

// openClaims are the claims whose values may be shown: those that name parties, times and permissions.
var openClaims = []string{"iss", "sub", "aud", "azp", "exp", "nbf", "iat", "scope", "scp", "permission", "permissions", "group", "groups", "role", "roles"}

// redactor hides the request's secrets: everything that was given as a token, what looks like one, and what stands where secrets stand.
type redactor struct {
	secrets []string // texts that must not appear anywhere
	names   []string // headers, parameters and cookies that some RequestAuthentication reads tokens from
}

// newRedactor collects the secrets of a request.
func newRedactor(s *mesh.Snapshot, q *resolve.Request) *redactor {
	r := &redactor{}
	policies, _ := s.RequestAuthentications.All()
	for _, p := range policies {
		for _, rule := range p.Spec.JwtRules {
			for _, h := range rule.GetFromHeaders() {
				r.names = append(r.names, strings.ToLower(h.Name))
			}
			r.names = append(r.names, rule.GetFromParams()...)
			r.names = append(r.names, rule.GetFromCookies()...)
			r.names = append(r.names, strings.ToLower(rule.GetOutputPayloadToHeader()))
		}
	}
	for _, h := range q.Headers {
		if r.secretName(h.Name) {
			r.add(h.Value)
			for _, word := range strings.FieldsFunc(h.Value, func(c rune) bool { return c == ' ' || c == ';' || c == ',' || c == '=' }) {
				r.add(word)
			}
		}
	}
	_, query, _ := strings.Cut(q.Path, "?")
	for _, pair := range strings.Split(query, "&") {
		if k, v, _ := strings.Cut(pair, "="); r.secretName(k) {
			r.add(v)
		}
	}
	slices.SortFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
	return r
}

// add takes a secret up. What is too short to be one would only make holes into other texts.
func (r *redactor) add(s string) {
	if len(s) >= 8 && !slices.Contains(r.secrets, s) {
		r.secrets = append(r.secrets, s)
	}
}

func (r *redactor) secretName(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(r.names, name) || slices.ContainsFunc(secretNames, func(s string) bool { return strings.Contains(name, s) })
}

// text hides secrets within a text.
func (r *redactor) text(s string) string {
	for _, x := range r.secrets {
		s = strings.ReplaceAll(s, x, redacted)
	}
	return jwtLike.ReplaceAllString(s, redacted)
}

// facts hides secrets in what a sentence is filled with.
func (r *redactor) facts(list []string) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = r.path(f)
	}
	return out
}

// header hides the value of a header that carries secrets, all but the scheme that comes before them.
func (r *redactor) header(name, value string) string {
	if !r.secretName(name) {
		return r.text(value)
	}
	for _, scheme := range []string{"Bearer ", "Basic ", "Digest ", "DPoP "} {
		if len(value) > len(scheme) && strings.EqualFold(value[:len(scheme)], scheme) {
			return value[:len(scheme)] + redacted
		}
	}
	if value == "" {
		return ""
	}
	return redacted
}

// path hides parameters that carry secrets.
func (r *redactor) path(p string) string {
	bare, query, has := strings.Cut(p, "?")
	if !has {
		return r.text(p)
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if k, v, ok := strings.Cut(pair, "="); ok && v != "" && r.secretName(k) {
			pairs[i] = k + "=" + redacted
		}
	}
	return r.text(bare + "?" + strings.Join(pairs, "&"))
}

var keyed = regexp.MustCompile(`(headers|claims|queryParams|withoutHeaders)\[([^\]]*)\](.*)$`)

// got hides what a comparison had from the request, by the field that it compares.
func (r *redactor) got(key, got string) string {
	if got == "" {
		return got
	}
	m := keyed.FindStringSubmatch(key)
	switch {
	case m == nil:
		return r.path(got)
	case m[1] == "claims":
		if slices.Contains(openClaims, m[2]) && m[3] == "" {
			return r.text(got)
		}
		return redacted
	case m[1] == "queryParams":
		if r.secretName(m[2]) {
			return redacted
		}
		return r.text(got)
	}
	return r.header(m[2], got)
}

// steps hides secrets in what to do next: in the question that is asked again, and in patches that were made of it.
func (r *redactor) steps(list []Next) []Next {
	for i, n := range list {
		list[i] = Next{Text: r.text(n.Text), Command: r.text(n.Command), Patch: r.text(n.Patch)}
	}
	return list
}

// RedactPath hides the parameters of a path or URL that carry secrets by their names.
func RedactPath(p string) string { return (&redactor{}).path(p) }

// Redact hides a header's value if it may be a secret.
func Redact(name, value string) string { return (&redactor{}).header(name, value) }
