package question

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// Hidden is the question as it may be shown: every text of it without its secrets, wherever somebody has put them. The token is left out. It is
// for showing only: to bind it would be to ask another question.
func (q Question) Hidden(r *redact.Redactor) Question {
	for _, text := range []*string{&q.From, &q.To, &q.SourceIP, &q.Via, &q.Method, &q.Path, &q.Host, &q.Protocol, &q.Namespace} {
		*text = r.Text(*text)
	}
	q.Headers = slices.Clone(q.Headers)
	for i, h := range q.Headers {
		q.Headers[i].Name, q.Headers[i].Value = r.Text(h.Name), r.Header(h.Name, h.Value)
	}
	q.Token = ""
	return q
}

// Misplaced names the part of a question that looks like a token and is none of those that carry one; empty where there is none. What stands in
// such a place would be taken apart, and shown in pieces that nothing recognises any more.
func (q Question) Misplaced() string {
	for _, part := range []struct{ name, value string }{
		{"source", q.From}, {"destination", Place(q.To)}, {"source address", q.SourceIP}, {"gateway", q.Via}, {"method", q.Method}, {"host", q.Host},
		{"protocol", q.Protocol}, {"namespace", q.Namespace},
	} {
		if redact.MayBeToken(part.value) {
			return part.name
		}
	}
	return ""
}

// Place is the part of a destination that names a place. What stands behind it, in path and query, may hold a token.
func Place(to string) string {
	scheme, rest, isURL := strings.Cut(to, "://")
	if !isURL || strings.ContainsAny(scheme, "/?#") {
		rest = to
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 && (isURL || strings.ContainsAny(rest[:i], ".:")) {
		rest = rest[:i]
	}
	return rest
}
