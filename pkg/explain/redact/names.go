package redact

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// SecretName reports whether a header, a query parameter, a cookie, an environment variable or a setting of this name usually carries a
// secret. Case, the characters between words and percent-encoding make no difference: X-Api-Key, api_key, apiKey and api%5Fkey are one
// name. It is the only list of such names: answers, traces, errors and dumps go by it.
func SecretName(name string) bool {
	name = unescaped(name)
	bare := bareName(name)
	switch {
	case slices.Contains(harmlessNames, bare), strings.HasPrefix(bare, "accesscontrol"):
		return false
	case slices.Contains(secretNames, bare), slices.ContainsFunc(secretParts, func(p string) bool { return strings.Contains(bare, p) }):
		return true
	}
	words := wordsOf(name)
	if len(words) > 0 && words[len(words)-1] == "key" {
		return true
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(secretWords, w) })
}

// secretParts make a name secret wherever they stand in it, with nothing between the words.
var secretParts = []string{
	"authorization", "authenticat", "cookie", "token", "secret", "passw", "passphrase", "passcode", "credential", "session", "sessid",
	"signature", "assertion", "jwt", "saml", "bearer", "csrf", "xsrf", "hmac", "macaroon",
	"apikey", "appkey", "applicationkey", "accesskey", "authkey", "privatekey", "subscriptionkey", "masterkey", "functionskey", "licensekey", "signingkey",
}

// secretWords make a name secret as words of their own; as parts they stand in harmless ones, such as "author" and "compass".
var secretWords = []string{
	"auth", "oauth", "tok", "tkn", "crumb", "captcha", "2fa", "hdnea", "hdnts", "appcheck", "oauth2", "xauth", "jws", "jwe", "sso", "pwd", "pass", "pw", "pin", "otp", "totp", "hotp", "mfa", "sid", "sig", "cred", "creds",
	"nonce", "ticket", "verifier", "cvv", "cvc", "ssn", "sas", "magic", "invite", "invitation", "userinfo", "dpop",
}

// secretNames are secret as a whole: the parameters of OAuth 2.0, SAML and WS-Federation, and headers whose names do not say what they
// carry (Amazon's and Microsoft's proxies, Honeycomb, JFrog, the Kubernetes API by WebSocket).
var secretNames = []string{
	"key", "dpop", "xdpop", "code", "state", "relaystate", "wresult", "devicecode", "usercode", "verificationcode", "confirmationcode", "activationcode", "recoverycode", "logincode",
	"samlart", "tgt", "xamznoidcdata", "xmsclientprincipal", "xhoneycombteam", "xjfrogartapi", "secwebsocketprotocol", "xcode", "t", "lt", "reset", "verify", "cbaccesssign", "xfirebaseappcheck", "xnewrelicinsights", "awsaccesskeyid", "googleaccessid", "cardnumber",
}

// harmlessNames look like secret ones and are none. Rules compare the keys among them.
var harmlessNames = []string{
	"idempotencykey", "xidempotencykey", "cachekey", "xcachekey", "surrogatekey", "partitionkey", "routingkey", "xroutingkey", "shardkey", "hashkey", "sortkey",
	"secwebsocketkey", "publickey", "tokentype", "maxtokens",
}

// bareName is a name in lower case with letters and digits alone.
func bareName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

var wordStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// wordsOf splits a name where anything but letters and digits stands, and where a capital follows a small letter.
func wordsOf(name string) []string {
	name = wordStart.ReplaceAllString(name, "$1 $2")
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// unescaped takes percent-encoding off, which may have been put on twice. What is not well-formed stays.
func unescaped(s string) string {
	for range 2 {
		u, err := url.PathUnescape(s)
		if err != nil {
			break
		}
		s = u
	}
	return s
}
