package dump

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// hidden stands for a secret of which nothing needs to stay.
const hidden = "redacted"

var (
	userName = regexp.MustCompile(`(User )"(?:[^"\\]|\\.)*"`)
	// tokenLike finds what could be a token: its first part begins with { in base64url, mostly with {".
	tokenLike = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*(?:\.[A-Za-z0-9_=-]*)?|e[wy][A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]*`)
	schemes   = regexp.MustCompile(`(?i)^(?:bearer|basic|digest|dpop|apikey|token) `)
	// userInfo finds a user with a password before a host that has no scheme before it, as in an authority.
	userInfo = regexp.MustCompile(`^[^\s/?#@:]+:[^\s/?#@]*@`)
	// pemBlock finds a block of PEM: a certificate, or a key that must not be seen.
	pemBlock = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----.*?(?:-----END [A-Z0-9 ]+-----|$)`)
)

// isToken tells a token by its first part, which is a JSON object in base64url.
func isToken(s string) bool {
	if strings.HasPrefix(s, "eyJ") {
		return true
	}
	first, _, _ := strings.Cut(s, ".")
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(first, "="))
	var header map[string]json.RawMessage
	return err == nil && json.Unmarshal(data, &header) == nil
}

// standsFor finds what [placeholder] makes.
var standsFor = regexp.MustCompile(`^` + hidden + `(?:-[0-9]+)?$`)

func placeholder(n int) string { return hidden + "-" + strconv.Itoa(n) }

// shortest is how long a text must be to be a secret.
const shortest = 4

// secret is what stands for a secret: the same for equal ones, so that rules that compare them go on to do so. Stars at the ends and the
// scheme of the header authorization stay.
func (d *dump) secret(what leftOut, s string) string {
	core := strings.TrimPrefix(strings.TrimSuffix(s, "*"), "*")
	core = core[len(schemes.FindString(core)):]
	if len(core) < shortest || standsFor.MatchString(core) {
		return s
	}
	if d.secrets[core] == "" {
		d.secrets[core] = placeholder(len(d.secrets) + 1)
	}
	d.leave(what, 1)
	i := strings.Index(s, core)
	return s[:i] + d.secrets[core] + s[i+len(core):]
}

// whole is what stands for a text as a whole: a regular expression stays one.
func (d *dump) whole(what leftOut, s string) string {
	if standsFor.MatchString(s) {
		return s
	}
	if d.secrets[s] == "" {
		d.secrets[s] = placeholder(len(d.secrets) + 1)
	}
	d.leave(what, 1)
	return d.secrets[s]
}

// texts hides keys and tokens wherever they stand, and what addresses carry beside the way.
func (d *dump) texts(name string, v any) any {
	switch x := v.(type) {
	case tree:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			y := x[k]
			delete(x, k)
			x[d.tokens(k)] = d.texts(k, y)
		}
	case []any:
		for i, y := range x {
			x[i] = d.texts(name, y)
		}
	case string:
		return d.text(name, x)
	}
	return v
}

// expressions are the fields that hold regular expressions: what is hidden in one is hidden as a whole, so that it stays one.
var expressions = map[string]bool{"regex": true, "safeRegex": true, "proxyVersion": true}

var word = regexp.MustCompile(`[^\s"',]+`)

// text hides what is secret by its form in a text that stands in a field of this name.
func (d *dump) text(name, s string) string {
	if name == "jwks" && s != "" || strings.Contains(s, `"kty"`) {
		s = d.keySet(s)
	}
	s = d.tokens(d.pem(s))
	if strings.Contains(s, "@") && name == "authority" {
		if m := userInfo.FindString(s); m != "" && m != hidden+"@" {
			d.leave(urlParts, 1)
			s = hidden + "@" + s[len(m):]
		}
	}
	s = d.segments(s)
	shown := word.ReplaceAllStringFunc(s, func(w string) string {
		if strings.HasPrefix(w, "e") { // what is a token of these is hidden already; others are rules' values that only begin as one does
			return w
		}
		return strings.ReplaceAll(redact.Text(w), redact.Mark, hidden)
	})
	switch {
	case shown == s:
		return s
	case expressions[name]:
		return d.whole(headerValues, s)
	}
	d.leave(urlParts, 1)
	return shown
}

// segment finds a part of a path that is long enough to be a secret, as in the addresses of webhooks.
var segment = regexp.MustCompile(`/[A-Za-z0-9_-]{24,}`)

func (d *dump) segments(s string) string {
	if !strings.HasPrefix(s, "/") && !strings.Contains(s, "://") {
		return s
	}
	return segment.ReplaceAllStringFunc(s, func(found string) string {
		if !redact.MayBeToken(found[1:]) {
			return found
		}
		return "/" + d.secret(tokens, found[1:])
	})
}

func (d *dump) tokens(s string) string {
	return tokenLike.ReplaceAllStringFunc(s, func(found string) string {
		if !isToken(found) {
			return found
		}
		return d.secret(tokens, found)
	})
}

// pem takes out of a text all blocks of PEM but certificates: private keys above all.
func (d *dump) pem(s string) string {
	if !strings.Contains(s, "-----BEGIN ") {
		return s
	}
	return pemBlock.ReplaceAllStringFunc(s, func(block string) string {
		if pemBlock.FindStringSubmatch(block)[1] == "CERTIFICATE" {
			return block
		}
		d.leave(privateKeys, 1)
		return hidden
	})
}

// certificates is what stays of a text that ought to hold certificates: these, and where there is none, that there is something.
func (d *dump) certificates(s string) string {
	if s == "" {
		return s
	}
	var out []string
	for _, m := range pemBlock.FindAllStringSubmatch(s, -1) {
		if m[1] == "CERTIFICATE" {
			out = append(out, m[0])
		} else {
			d.leave(privateKeys, 1)
		}
	}
	if len(out) == 0 {
		return hidden
	}
	return strings.Join(out, "\n") + "\n"
}

// words hides in a text for people what stands behind the name of a secret: "the password is X", "token: X", "secret X1".
func (d *dump) words(s string) string {
	return named.ReplaceAllStringFunc(s, func(found string) string {
		m := named.FindStringSubmatch(found)
		if standsFor.MatchString(m[3]) || m[2] == "" && !strings.ContainsAny(m[3], "0123456789") {
			return found // "token expired"
		}
		d.leave(bodies, 1)
		return strings.TrimSuffix(found, m[3]) + hidden
	})
}

var named = regexp.MustCompile(`(?i)\b(passw(?:or)?d|passphrase|secret|token|api[ _-]?key|credentials?)\b["']?(\s+is\b|\s*[:=])?\s*["']?([^\s"'<>,;:=]{4,})`)
