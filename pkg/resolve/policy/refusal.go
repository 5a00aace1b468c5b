package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// told says where a rule found its token and what of that does not fit, as arguments: the place, a code with a clause in the catalogue, and what
// fills it. It tells names of issuers, audiences and keys, and times; nothing else of a token.
func (v *verification) told(i int, trials []jwtauthn.Trial) []string {
	return append([]string{trials[i].Place}, v.unfit(i, trials)...)
}

// bareHeader reports whether a rule takes all of a header for the token. Without places of its own it reads Authorization, behind Bearer (Istio:
// RequestAuthentication, JWTRule.fromHeaders).
func bareHeader(r jwtRule) bool {
	for _, h := range r.FromHeaders {
		if h.Prefix == "" {
			return true
		}
	}
	return len(r.FromParams)+len(r.FromCookies) > 0
}

func (v *verification) unfit(i int, trials []jwtauthn.Trial) []string {
	r, t := v.rules[i], trials[i]
	mark := func(n flow.Note, args ...string) []string {
		return append([]string{flow.CodeMark + string(n)}, args...)
	}
	now := v.f.Request.Now.UTC().Format(time.RFC3339)
	switch {
	case t.Token == nil && t.Prefix && !bareHeader(r):
		return mark(flow.NoteTokenPrefixTwice)
	case t.Token == nil && t.Prefix:
		return mark(flow.NoteTokenWithPrefix)
	case t.Status == jwtauthn.BadFormat, t.Status == jwtauthn.HeaderBase64, t.Status == jwtauthn.HeaderJSON:
		return mark(flow.NoteTokenMalformed)
	case t.Token == nil:
		return nil // the status says which field it is
	}
	switch t.Status {
	case jwtauthn.UnknownIssuer:
		return mark(flow.NoteTokenIssuer, orNone(t.Token.Issuer), v.issuers(trials))
	case jwtauthn.Expired:
		when, _ := t.Token.Expiry()
		return mark(flow.NoteTokenExpired, when.Format(time.RFC3339), now)
	case jwtauthn.NotYetValid:
		return mark(flow.NoteTokenEarly, time.Unix(int64(min(t.Token.From, 1<<40)), 0).UTC().Format(time.RFC3339), now)
	case jwtauthn.AudienceRefused:
		return mark(flow.NoteTokenAudience, orNone(strings.Join(t.Token.Audience, ", ")), strings.Join(r.Audiences, ", "))
	}
	if r.Jwks == "" {
		if uri := KeysAt(r.JWTRule); v.barred(uri) {
			b := v.barrier(uri)
			return append(mark(flow.NoteTokenKeysMissing, uri), mark(b.code, b.args...)...)
		}
	}
	keys, known := v.keys(r)
	switch {
	case !known:
		return mark(flow.NoteTokenKeysUnknown, KeysAt(r.JWTRule))
	case t.Status == jwtauthn.NoFittingKey && slices.Contains(keys.Kids(), t.Token.Kid):
		return mark(flow.NoteTokenAlgorithm, t.Token.Kid, t.Token.Alg)
	case t.Status == jwtauthn.NoFittingKey:
		return mark(flow.NoteTokenKid, orNone(t.Token.Kid), orNone(strings.Join(keys.Kids(), ", ")))
	case t.Status == jwtauthn.VerificationFail:
		return mark(flow.NoteTokenSignature)
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// issuers lists those that the rules which found a token take, each once; of many the first few.
func (v *verification) issuers(trials []jwtauthn.Trial) string {
	const few = 3
	var out []string
	for i, t := range trials {
		if is := v.rules[i].Issuer; t.Status == jwtauthn.UnknownIssuer && !slices.Contains(out, is) {
			out = append(out, is)
		}
	}
	if len(out) > few {
		out = append(out[:few], "...")
	}
	return strings.Join(out, " or ")
}

// barriers are the resources that keep istiod from the keys with which a token would have been checked.
func (v *verification) barriers(r jwtRule, status jwtauthn.Status) []flow.Responsible {
	if r.Jwks != "" || status != jwtauthn.VerificationFail && status != jwtauthn.NoFittingKey {
		return nil
	}
	return v.barrier(KeysAt(r.JWTRule)).by
}

// overlooked says where the rules looked for a token and what was there in its place: the places of the first rule, if they are none of
// those where every rule looks, and for the first header that has a value without the prefix that a rule wants, what it begins with; or that
// a proxy before this one took it out.
func (v *verification) overlooked() []string {
	args := []string{""}
	if r := v.rules[0].JWTRule; len(r.FromHeaders)+len(r.FromParams)+len(r.FromCookies) > 0 {
		args[0] = strings.Join(jwtauthn.Places(r), ", ")
	}
	for _, r := range v.rules {
		u, ok := jwtauthn.Overlooked(asRequest(v.f.Message), v.lines, r.JWTRule)
		switch {
		case ok && u.Begins != "" && strings.EqualFold(u.Begins, strings.TrimSpace(u.Prefix)):
			return append(args, flow.CodeMark+string(flow.NoteTokenPrefixCase), strings.ToLower(u.Header), u.Begins, u.Prefix)
		case ok:
			return append(args, flow.CodeMark+string(flow.NoteTokenWithoutPrefix), strings.ToLower(u.Header), u.Prefix)
		}
	}
	sent, here := v.f.Request.Headers, v.f.Message.Headers
	for _, r := range v.rules {
		for _, place := range jwtauthn.Places(r.JWTRule) {
			name, is := strings.CutPrefix(strings.ToLower(place), "header ")
			name, _, _ = strings.Cut(name, " ")
			if is && len(sent.Values(name)) > 0 && len(here.Values(name)) == 0 {
				return append(args, flow.CodeMark+string(flow.NoteTokenTaken), name)
			}
		}
	}
	return args
}

// principalOf says whose token it is, or which claim it takes to say so.
func principalOf(c jwtauthn.Claims) []string {
	for _, claim := range []string{"iss", "sub"} {
		if v, _ := c.Text(claim); v == "" {
			return []string{c.Principal(), flow.CodeMark + string(flow.NoteTokenHalfPrincipal), claim}
		}
	}
	return []string{c.Principal()}
}
