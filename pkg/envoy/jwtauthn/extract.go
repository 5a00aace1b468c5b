package jwtauthn

import (
	"net/url"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

// Request is a request as the filter finds it, and leaves it.
type Request struct {
	Path    string // with the query
	Headers envoy.Headers
}

// Lines returns the lines of a header as Envoy's filters see them; the name may be a pseudo-header's.
type Lines func(r Request, name string) []string

// located is a token and where it was found.
type located struct {
	raw    string
	header string // one of these three
	param  string
	cookie string
}

// place names where a token was found.
func (l located) place() string {
	switch {
	case l.header != "":
		return "header " + l.header
	case l.param != "":
		return "parameter " + l.param
	}
	return "cookie " + l.cookie
}

// Places names where a rule looks for tokens, in the order in which it does: the default places count only where it names none.
func Places(rule *security.JWTRule) []string {
	var out []string
	headers, params := places(rule)
	for _, h := range headers {
		out = append(out, strings.TrimSpace("header "+h.Name+" "+strings.TrimSpace(h.Prefix)))
	}
	for _, p := range params {
		out = append(out, "parameter "+p)
	}
	for _, c := range rule.FromCookies {
		out = append(out, "cookie "+c)
	}
	return out
}

// places are the headers and parameters in which a rule looks for tokens.
func places(rule *security.JWTRule) ([]*security.JWTHeader, []string) {
	if len(rule.FromHeaders)+len(rule.FromParams)+len(rule.FromCookies) == 0 {
		return []*security.JWTHeader{{Name: "Authorization", Prefix: "Bearer "}}, []string{"access_token"}
	}
	return rule.FromHeaders, rule.FromParams
}

// LooksInto reports whether a rule looks for tokens in a header of this name: as one, or in the cookies that the header cookie carries.
func LooksInto(rule *security.JWTRule, header string) bool {
	if strings.EqualFold(header, "cookie") && len(rule.FromCookies) > 0 {
		return true
	}
	headers, _ := places(rule)
	return slices.ContainsFunc(headers, func(h *security.JWTHeader) bool { return strings.EqualFold(h.Name, header) })
}

// Unread is what stands in a header in which a rule looks for a token, and is none for the rule, since its prefix is missing.
type Unread struct {
	Header string // the name, as the rule has it
	Prefix string // that the rule wants, and that is not there
	Begins string // the word before the token's beginning, if there is one
}

// Overlooked finds a header in which a rule looks for a token, that has a value, but not with the rule's prefix.
func Overlooked(r Request, lines Lines, rule *security.JWTRule) (Unread, bool) {
	headers, _ := places(rule)
	for _, h := range headers {
		for _, line := range lines(r, strings.ToLower(h.Name)) {
			if _, ok := cutToken(line, h.Prefix); ok || line == "" {
				continue
			}
			u := Unread{Header: h.Name, Prefix: h.Prefix}
			if word, rest, ok := strings.Cut(line, " "); ok && rest != "" && len(word) <= len("authorization") {
				u.Begins = word
			}
			return u, true
		}
	}
	return Unread{}, false
}

// extract collects the tokens that a rule looks for, in the order in which Envoy collects them: headers, parameters, cookies. The default
// places count only where the rule names none (envoy: source/extensions/filters/http/jwt_authn/extractor.cc).
func extract(r Request, lines Lines, rule *security.JWTRule) []located {
	headers, params := places(rule)
	var out []located
	for _, h := range headers {
		name := strings.ToLower(h.Name)
		for _, line := range lines(r, name) {
			if raw, ok := cutToken(line, h.Prefix); ok {
				out = append(out, located{raw: raw, header: name})
			}
		}
	}
	for _, p := range params {
		if v, ok := envoy.QueryParam(r.Path, p); ok {
			if d, err := url.PathUnescape(v); err == nil {
				v = d
			}
			out = append(out, located{raw: v, param: p})
		}
	}
	for _, c := range rule.FromCookies {
		if v, ok := cookie(r.Headers, c); ok {
			out = append(out, located{raw: v, cookie: c})
		}
	}
	return out
}

const tokenChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

// cutToken finds the token in a header's line: behind the prefix, which may stand anywhere in it, from the first character that a token
// can have to the end of the value.
func cutToken(line, prefix string) (string, bool) {
	if prefix == "" {
		return line, true // an empty one too
	}
	_, rest, found := strings.Cut(line, prefix)
	if !found {
		return "", false
	}
	if i := strings.IndexAny(rest, tokenChars); i >= 0 {
		return rest[i:], true
	}
	return line, true
}

func cookie(h envoy.Headers, name string) (string, bool) {
	for _, line := range h.Values("cookie") {
		for _, pair := range strings.Split(line, ";") {
			if k, v, _ := strings.Cut(strings.TrimSpace(pair), "="); k == name {
				return strings.Trim(v, `"`), true
			}
		}
	}
	return "", false
}

// consume takes a verified token out of the request, unless the rule wants it kept; a cookie always stays.
func (r Request) consume(rule *security.JWTRule, t located) Request {
	if rule.ForwardOriginalToken {
		return r
	}
	switch {
	case t.header != "":
		r.Headers = r.Headers.Without(t.header)
	case t.param != "":
		path, query, _ := strings.Cut(r.Path, "?")
		pairs := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool { k, _, _ := strings.Cut(p, "="); return k == t.param })
		r.Path = path
		if len(pairs) > 0 {
			r.Path += "?" + strings.Join(pairs, "&")
		}
	}
	return r
}

// Sanitized returns the request without the headers that a rule would write, so that clients cannot forge them. Envoy drops them from every
// request, also from one that it does not look for a token in.
func (r Request) Sanitized(rule *security.JWTRule) Request {
	if h := rule.OutputPayloadToHeader; h != "" {
		r.Headers = r.Headers.Without(h)
	}
	for _, o := range rule.OutputClaimToHeaders {
		r.Headers = r.Headers.Without(o.Header)
	}
	return r
}

// output writes the headers that a rule derives from a verified token.
func (r Request) output(rule *security.JWTRule, t *Token) Request {
	if h := rule.OutputPayloadToHeader; h != "" {
		r.Headers = r.Headers.Set(h, t.Payload())
	}
	for _, o := range rule.OutputClaimToHeaders {
		if v, ok := ClaimHeader(t.Claims, o.Claim); ok {
			r.Headers = r.Headers.Set(o.Header, v)
		}
	}
	return r
}
