package redact

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Mark stands for what is not shown.
const Mark = "[redacted]"

var (
	// jose finds what could be a JSON Web Token, signed (RFC 7515: three parts) or encrypted (RFC 7516: five), or its beginning. Its
	// first part is a JSON object in base64url: {" makes eyJ, and with a blank or a line break behind the brace ewo, ew0, eyA or eyI.
	jose = regexp.MustCompile(`(?:eyJ|ew[o0]|eyAi|eyAK)[A-Za-z0-9_=-]*(?:\.[A-Za-z0-9_=-]*){0,4}`)
	// issued finds keys and tokens that begin as those of one vendor do (GitHub, GitLab, Slack, Stripe, OpenAI, Amazon, Google, HashiCorp
	// Vault, npm, DigitalOcean, SendGrid, Shopify), and the first line of a private key.
	issued = regexp.MustCompile(`(?:\bgh[opsur]_|\bgithub_pat_|\bglpat-|\bxox[abeprs]-|\b[rs]k_(?:live|test)_|\bhv[bs]\.|\bnpm_|\bdop_v1_|\bshpat_|\bya29\.)[A-Za-z0-9_.-]{10,}` +
		`|\bsk-[A-Za-z0-9]{20,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]+|\bA[KS]IA[0-9A-Z]{16}\b|\bAIza[A-Za-z0-9_-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	scheme = regexp.MustCompile(`(?i)^(?:bearer|basic|digest|dpop|negotiate|ntlm|apikey|token|aws4-hmac-sha256) +`)
	escape = regexp.MustCompile(`%[A-Za-z0-9]{0,2}`)
	joint  = regexp.MustCompile(`[A-Za-z0-9_.~+%-]*%[A-Za-z0-9_.~+%-]*`)
)

// IsToken reports whether a value has the form of a token or a key, perhaps behind the scheme of the header authorization, whoever issued
// it. There are values of this form that are no tokens, but none that names an object, a host or a file.
func IsToken(s string) bool {
	s = strings.TrimSpace(unescaped(s))
	return scheme.MatchString(s) || tokens(s) != s
}

// MayBeToken reports whether a value that ought to be a name in lower case, as those of Kubernetes are, looks like a token all the same: it
// is one by [IsToken], or is long and mixes capitals, small letters and digits, or is a number of 128 bits or more in hexadecimal digits.
func MayBeToken(s string) bool {
	const long = 20
	if IsToken(s) {
		return true
	}
	if hexadecimal(s) {
		return true
	}
	run := strings.TrimFunc(s, func(r rune) bool { return r == '=' })
	if len(run) < long || strings.ContainsFunc(run, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-+/=", r)
	}) {
		return false
	}
	return strings.ContainsFunc(run, unicode.IsUpper) && strings.ContainsFunc(run, unicode.IsLower) && strings.ContainsFunc(run, unicode.IsDigit)
}

// hexadecimal reports whether a text is a long number in hexadecimal digits, as opaque tokens often are: of 32 digits or more, with letters and
// figures among them.
func hexadecimal(s string) bool {
	const long = 32
	return len(s) >= long && strings.Trim(s, "0123456789abcdef") == "" && strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "abcdef")
}

// Find returns what has the form of a JSON Web Token in a text, whole or broken, in the order in which it stands there.
func Find(s string) []string {
	if !strings.Contains(s, "e") {
		return nil
	}
	return jose.FindAllString(s, -1)
}

// tokens hides tokens and keys within a text, percent-encoded ones too.
func tokens(s string) string {
	if strings.Contains(s, "%") {
		s = joint.ReplaceAllStringFunc(s, func(word string) string {
			if u := unescaped(word); u != word && tokens(strings.ReplaceAll(u, "%", "")) != strings.ReplaceAll(u, "%", "") {
				return Mark
			}
			if parts := escape.ReplaceAllString(word, " "); tokens(parts) != parts { // no boundary of words stands behind an escape, or a broken one
				return Mark
			}
			return word
		})
	}
	if strings.Contains(s, "ey") || strings.Contains(s, "ew") {
		s = hideJOSE(s)
	}
	if slices.ContainsFunc(issuedBegin, func(b string) bool { return strings.Contains(s, b) }) {
		s = issued.ReplaceAllString(s, Mark)
	}
	return s
}

// issuedBegin stands in whatever [issued] finds: most texts have none of it, and are not searched.
var issuedBegin = []string{"gh", "github_pat_", "glpat-", "xox", "k_live_", "k_test_", "hvs.", "hvb.", "npm_", "dop_v1_", "shpat_", "ya29.", "sk-", "SG.", "AKIA", "ASIA", "AIza", "-----BEGIN"}

func hideJOSE(s string) string {
	var out strings.Builder
	end := 0
	for _, at := range jose.FindAllStringIndex(s, -1) {
		within := at[0] > 0 && isWord(s[at[0]-1])
		if isJOSE(s[at[0]:at[1]], within) {
			out.WriteString(s[end:at[0]] + Mark)
			end = at[1]
		}
	}
	return out.String() + s[end:]
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isJOSE tells a token by its first part. One that is cut off or broken is taken for what it was meant to be, but not in the middle of a
// word, such as keyJson.
func isJOSE(s string, within bool) bool {
	first, rest, several := strings.Cut(s, ".")
	if strings.HasPrefix(s, "eyJ") && !within && (len(s) >= 12 || several && rest != "") {
		return true
	}
	var header map[string]json.RawMessage
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(first, "="))
	return err == nil && json.Unmarshal(data, &header) == nil
}
