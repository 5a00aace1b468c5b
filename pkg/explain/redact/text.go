package redact

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// user finds the user and the password of a URL.
	user = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>@]*(?:@[^\s/?#"'<>@]*)*@`)
	// login finds a user with a password before a host, as an authority holds them, where no scheme stands before them. The digest of an image
	// stands behind an @ too.
	login = regexp.MustCompile(`(^|[\s"'=,;(\[/])([^\s/@:"'<>?#,;()\[\]=]+):([^\s/@:"'<>?#]+)@(sha[0-9]+:|[\pL\pN\[*])`)
	// pair finds a parameter with its value: in a query, in a fragment, and behind a segment of a path.
	pair = regexp.MustCompile(`([?&#;])([^\s=&#;?/"'<>]+)=([^\s&#;"'<>]*)`)
)

// Text hides in any text what is secret by its form, and in URLs and paths within it what is secret by its name: tokens and keys, users and
// passwords, and the values of parameters in queries and fragments.
func Text(s string) string { return text(s, SecretName) }

func text(s string, secret func(name string) bool) string {
	if strings.Contains(s, "@") {
		s = logins(user.ReplaceAllString(s, "${1}"+Mark+"@"))
	}
	return tokens(pairs(s, secret, nesting))
}

// addressed are the schemes behind which an address stands that has no password.
var addressed = []string{"mailto", "acct", "sip", "sips", "xmpp", "tel", "urn", "sha256"}

func logins(s string) string {
	return login.ReplaceAllStringFunc(s, func(found string) string {
		m := login.FindStringSubmatch(found)
		if slices.Contains(addressed, strings.ToLower(m[2])) || strings.HasSuffix(m[4], ":") {
			return found
		}
		return m[1] + Mark + "@" + m[4]
	})
}

// nesting is how deep addresses may stand in parameters of each other; what is deeper is hidden as a whole.
const nesting = 4

// pairs hides the values of parameters with secret names, within the values of others too: these may be addresses, in plain text or
// percent-encoded.
func pairs(s string, secret func(name string) bool, depth int) string {
	if !strings.Contains(s, "=") {
		return s
	}
	return pair.ReplaceAllStringFunc(s, func(found string) string {
		m := pair.FindStringSubmatch(found)
		return m[1] + m[2] + "=" + parameter(m[2], m[3], secret, depth)
	})
}

func parameter(name, value string, secret func(name string) bool, depth int) string {
	switch {
	case value == "":
		return ""
	case secret(name):
		return Mark
	case !strings.ContainsAny(value, "=%"):
		return value
	case depth == 0:
		return Mark
	}
	if plain := unescaped(value); plain != value && tokens(pairs(plain, secret, depth-1)) != plain {
		return Mark
	}
	return pairs(value, secret, depth-1)
}

// Word is what may be shown of a word that somebody wrote where it does not belong: the word itself, without its secrets and cut to a
// length at which it can still be recognised.
func Word(s string) string {
	const most = 80
	if slices.ContainsFunc(append(strings.Fields(s), s), MayBeToken) {
		return Mark
	}
	s = Text(s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
