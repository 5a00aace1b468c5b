package redact

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// secrets are names under which secrets travel: of headers, parameters, cookies, form fields and environment variables.
var secrets = strings.Fields(`
Authorization Proxy-Authorization X-Authorization X-Forwarded-Authorization X-Original-Authorization Authentication X-Authentication-Token
Cookie Set-Cookie X-Cookie JSESSIONID PHPSESSID ASP.NET_SessionId connect.sid sessionid session_id X-Session-Id sid X-Session-Token
X-Api-Key Api-Key apikey api_key apiKey X-ApiKey x_api_key DD-API-KEY DD-APPLICATION-KEY X-RapidAPI-Key X-Goog-Api-Key Ocp-Apim-Subscription-Key
X-Functions-Key X-App-Key appkey app_key subscription-key X-Parse-REST-API-Key X-Parse-Master-Key Fastly-Key X-Insert-Key X-License-Key key
X-Auth X-Auth-Token X-Auth-Key X-Access-Token X-Id-Token X-Token Token access_token accessToken id_token refresh_token id_token_hint token_hint
X-Amz-Security-Token X-Amz-Signature X-Amz-Credential AWSAccessKeyId X-Amzn-Oidc-Data X-Amzn-Oidc-Accesstoken X-Goog-Signature X-Goog-IAP-JWT-Assertion
X-Ms-Token-Aad-Id-Token X-MS-CLIENT-PRINCIPAL Cf-Access-Jwt-Assertion CF-Access-Client-Secret X-Forwarded-Access-Token X-Auth-Request-Access-Token
X-Vault-Token X-Consul-Token X-Nomad-Token Private-Token PRIVATE-TOKEN Job-Token Deploy-Token X-Gitlab-Token X-Shopify-Access-Token Circle-Token
X-Hub-Signature X-Hub-Signature-256 X-Slack-Signature Stripe-Signature X-Twilio-Signature X-Shopify-Hmac-Sha256 X-Signature signature sig hmac
X-CSRF-Token X-XSRF-TOKEN csrf xsrf csrfmiddlewaretoken _csrf nonce state code auth_code device_code code_verifier oauth_token oauth_verifier oauth_signature
client_secret client_assertion assertion SAMLResponse SAMLRequest SAMLart RelayState ticket wresult jwt X-Jwt-Assertion X-Jwt X-JWT-Payload DPoP
password passwd pwd pass passphrase X-Password DB_PASSWORD POSTGRES_PASSWORD secret X-Secret X-Client-Secret X-Webhook-Secret X-Shared-Secret shared_secret
access_key secret_key accessKey X-Access-Key private_key signing_key AWS_SECRET_ACCESS_KEY X-Credential credentials cred pin otp totp X-OTP mfa_code
X-Telegram-Bot-Api-Secret-Token X-Honeycomb-Team X-JFrog-Art-Api Sec-WebSocket-Protocol lightstep-access-token X-Bearer macaroon X-SSO auth oauth2
X-Firebase-AppCheck CB-Access-Sign Jenkins-Crumb X-2fa X-Code X-Captcha X-Newrelic-Insights tok tkn t hdnea hdnts crumb lt reset verify
X-DPoP x-endpoint-api-userinfo sas magic invite access%5Ftoken access%255Ftoken %61pi-key`)

// plain are names whose values people have to see.
var plain = strings.Fields(`
Host :authority Accept User-Agent Content-Type X-Request-Id X-Forwarded-For X-Forwarded-Proto X-Envoy-Original-Path traceparent X-B3-TraceId
x-team x-version x-user-group x-author author authority compass x-compass-heading lesson hotpath page q id sort order monkey x-donkey passenger
Idempotency-Key cache-key Sec-WebSocket-Key x-canary x-environment region x-mail x-shard keyboard x-keyspace pinned bypass Access-Control-Allow-Credentials
x-design assigned signal sasha magical x-invited-by x-forwarded-client-cert Key-Pair-Id codec country-code status_code statement alt ts result preset verified-by default tokyo stockholm`)

func TestSecretName(t *testing.T) {
	for _, n := range secrets {
		if !SecretName(n) {
			t.Errorf("%s is shown", n)
		}
	}
	for _, n := range plain {
		if SecretName(n) {
			t.Errorf("%s is hidden", n)
		}
	}
}

func part(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }

var (
	signed    = part(`{"alg":"RS256"}`) + "." + part(`{"iss":"me","email":"jane@corp.example"}`) + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ"
	encrypted = part(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a2V5LWtleS1rZXk.aXYtaXYtaXY.Y2lwaGVydGV4dC1jaXBoZXJ0ZXh0.dGFnLXRhZy10YWc"
	spaced    = part("{\n \"alg\": \"RS256\"}") + "." + part(`{}`) + ".c2lnbmF0dXJl"
)

// percent writes every byte percent-encoded.
func percent(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		out.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
	}
	return out.String()
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"a token " + signed + ", and on":               "a token [redacted], and on",
		"encrypted: " + encrypted:                      "encrypted: [redacted]",
		"with a line break " + spaced:                  "with a line break [redacted]",
		"its first part " + part(`{"alg":"none"}`):     "its first part [redacted]",
		"cut off: eyJhbGciOiJSUzI1N":                   "cut off: [redacted]",
		"/a/" + percent(signed) + "/b":                 "/a/[redacted]/b",
		"/x?q=" + percent(signed) + "&r=1":             "/x?q=[redacted]&r=1",
		"/x?access_token=abc&q=1":                      "/x?access_token=[redacted]&q=1",
		"/x?access%5Ftoken=abc":                        "/x?access%5Ftoken=[redacted]",
		"/x?q=1#access_token=abc&state=1":              "/x?q=1#access_token=[redacted]&state=[redacted]",
		"/cart;jsessionid=ABC/x;v=1?q=2":               "/cart;jsessionid=[redacted];v=1?q=2",
		"/x?to=/y?token=abc":                           "/x?to=/y?token=[redacted]",
		"/x?to=https%3A%2F%2Fh%2F%3Ftoken%3Dabc&q=1":   "/x?to=[redacted]&q=1",
		`parse "https://jane:pw@host:1/x?key=v": bad`:  `parse "https://[redacted]@host:1/x?key=[redacted]": bad`,
		`authority: "u:secret@h"`:                      `authority: "[redacted]@h"`,
		"mailto:joe@example.com":                       "mailto:joe@example.com",
		"//u:secret@h/x and /u:secret@h":               "//[redacted]@h/x and /[redacted]@h",
		"docker.io/istio/proxyv2:1.31@sha256:0f3a9c5e": "docker.io/istio/proxyv2:1.31@sha256:0f3a9c5e",
		"10:30@host":           "[redacted]@host",
		"https://u:p@ss@host/": "https://[redacted]@host/",
		"mail jane@corp.example, see http://host/@x":             "mail jane@corp.example, see http://host/@x",
		"ghp_abcdefghij0123456789":                               "[redacted]",
		"key AKIAABCDEFGHIJKLMNOP of the cloud":                  "key [redacted] of the cloud",
		"kubectl get pods -n foo -l app=auth --show-labels":      "kubectl get pods -n foo -l app=auth --show-labels",
		"spec.keyJsonPathOfThing.x, /eyes, ewer, journey.foo.ns": "spec.keyJsonPathOfThing.x, /eyes, ewer, journey.foo.ns",
		"/%zzgho_abcdefghij0123456789/x":                         "/[redacted]/x",
		"/a%20gho_abcdefghij0123456789":                          "/[redacted]",
		"/%zzeyes%20and%":                                        "/%zzeyes%20and%",
		"100% of a=b":                                            "100% of a=b",
	} {
		if got := Text(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, s := range []string{signed, encrypted, spaced, "Bearer abc", "basic dTpw", percent(signed), "glpat-abcdefghijklmnop", "-----BEGIN EC PRIVATE KEY-----"} {
		if !IsToken(s) {
			t.Errorf("%s is no token", s)
		}
	}
	for _, s := range []string{"c2VjcmV0LXRva2VuLTAwMQ==", "aB3dE6gH9jK2mN5pQ8sT", strings.Repeat("0f3a9c5e", 8), strings.Repeat("0f3a9c5e", 5)} {
		if IsToken(s) || !MayBeToken(s) {
			t.Errorf("%s: token %v, may be %v", s, IsToken(s), MayBeToken(s))
		}
	}
	for _, s := range []string{"sleep.foo", "deploy/reviews-v1.bar", "http://httpbin.bar:8000/ip", "a-rather-long-name-of-a-pod-7d9c4b5f6-x2x9z", "10.0.0.1", "", "Bearer",
		"https://shop.Example.com/ABCdef0123456789abcdef", "NAMESPACE", "deadbeef", strings.Repeat("0", 40), strings.Repeat("a", 63), "sk-payments-service-production"} {
		if MayBeToken(s) {
			t.Errorf("%s may be a token", s)
		}
	}
}

func TestWord(t *testing.T) {
	for in, want := range map[string]string{"httpbin.bra": "httpbin.bra", signed: Mark, "aB3dE6gH9jK2mN5pQ8sT": Mark, strings.Repeat("é", 90): strings.Repeat("é", 80) + "..."} {
		if got := Word(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// A header that is not known by its name is hidden where it carries a scheme or a token; one that is, is hidden as a whole.
func TestHeader(t *testing.T) {
	var r Redactor
	r.Name("X-Plain")
	r.Name("tK")
	for _, row := range [][3]string{
		{"authorization", "Bearer abc", "Bearer [redacted]"},
		{"authorization", "abc", "[redacted]"},
		{"authorization", "", ""},
		{"x-other", "Bearer abc", "Bearer [redacted]"},
		{"x-other", "red", "red"},
		{"x-other", "see " + signed, "see [redacted]"},
		{"referer", "https://h/cb?code=abc", "https://h/cb?code=[redacted]"},
		{"x-plain", "tok-1", "[redacted]"},
		{"x-team", "red", "red"},
	} {
		if got := r.Header(row[0], row[1]); got != row[2] {
			t.Errorf("%s: %s: %s, want %s", row[0], row[1], got, row[2])
		}
	}
	if got := r.Text("/x?TK=abc&q=1"); got != "/x?TK=[redacted]&q=1" {
		t.Errorf("a parameter that this mesh reads tokens from: %s", got)
	}
	if r.Parameter("tk", "abc") != Mark || r.Parameter("q", "abc") != "abc" || r.Parameter("tk", "") != "" {
		t.Error("parameters")
	}
	r.Claimed("x-mail", "email")
	r.Claimed("x-sub", "sub")
	if got := r.Header("X-Mail", "jane"); got != Mark {
		t.Errorf("a header made of a claim: %s", got)
	}
	if got := r.Header("x-sub", "jane"); got != "jane" {
		t.Errorf("a header made of an open claim: %s", got)
	}
	for _, row := range [][3]string{
		{"cookie", "~.*group=beta.*", "~.*group=beta.*"}, {"cookie", "~.*id=0123456789ab.*", "~.*id=[redacted].*"}, {"x-mail", "jane*", "jane*"},
		{"x-api-key", "abc", "[redacted]"}, {"x-api-key", "abc*", "[redacted]*"}, {"x-api-key", "*", "*"}, {"authorization", "Bearer *", "Bearer *"},
		{"authorization", "Bearer", "[redacted]"}, {"authorization", "Bearer abc", "Bearer [redacted]"}, {"x-team", "abc", "abc"},
	} {
		if got := r.Wanted(row[0], row[1]); got != row[2] {
			t.Errorf("wanted %s: %s: %s, want %s", row[0], row[1], got, row[2])
		}
	}
}

// What a request carries in secret is hidden in every text, its decoded form and the claims that are not open with it; what is shown in any
// case is no secret.
func TestRedactor(t *testing.T) {
	var r Redactor
	r.Shows("httpbin.bar", "sleep")
	r.Carries("cookie", "a=first-secret; b=httpbin.bar")
	r.Carries("x-note", signed)
	r.Asks("/x?q=visible-1&token=third%2Dsecret&to=/y?api_key=fourth-secret")
	for in, want := range map[string]string{
		"first-secret":                       Mark,
		"x third-secret, third%2Dsecret":     "x " + Mark + ", " + Mark,
		"fourth-secret":                      Mark,
		"mail jane@corp.example":             "mail " + Mark,
		"its end c2lnbmF0dXJlLXNpZ25hdHVyZQ": "its end " + Mark,
		"to httpbin.bar from me, visible-1":  "to httpbin.bar from me, visible-1",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// What would tell a secret is no patch that is shown.
func TestInObject(t *testing.T) {
	var r Redactor
	r.Name("x-plain")
	for in, want := range map[string]bool{
		`{"spec":{"rules":[{"when":[{"key":"request.headers[authorization]","values":["Bearer abcd*"]}]}]}}`:          true,
		`{"spec":{"rules":[{"when":[{"key":"request.headers[X-Plain]","notValues":["abcd"]}]}]}}`:                     true,
		`{"spec":{"rules":[{"when":[{"key":"request.headers[authorization]","values":["Bearer *"]}]}]}}`:              false,
		`{"spec":{"rules":[{"when":[{"key":"request.headers[x-team]","values":["abcd"]}]}]}}`:                         false,
		`{"spec":{"rules":[{"when":[{"key":"request.auth.claims[token]","values":["abcd"]}]}]}}`:                      false,
		`{"spec":{"http":[{"match":[{"headers":{"x-api-key":{"exact":"abcd"}}}]}]}}`:                                  true,
		`{"spec":{"http":[{"match":[{"headers":{"@request.auth.claims.token":{"exact":"abcd"}}}]}]}}`:                 false,
		`{"spec":{"http":[{"match":[{"queryParams":{"token":{"exact":"abcd"}}}]}]}}`:                                  true,
		`{"spec":{"http":[{"headers":{"request":{"set":{"authorization":"Basic abcd"}}}}]}}`:                          true,
		`{"spec":{"http":[{"headers":{"request":{"set":{"x-team":"abcd"},"remove":["authorization"]}}}]}}`:            false,
		`{"spec":{"rules":[{"filters":[{"requestHeaderModifier":{"set":[{"name":"Cookie","value":"sid=abcd"}]}}]}]}}`: true,
		`{"spec":{"jwtRules":[{"jwksUri":"https://u:abcd@h/"}]}}`:                                                     true,
		`{"spec":{"hosts":["` + signed + `"]}}`:                                                                       true,
	} {
		var v any
		if err := json.Unmarshal([]byte(in), &v); err != nil {
			t.Fatal(err)
		}
		if got := r.InObject(v); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}

func TestClaim(t *testing.T) {
	var r Redactor
	for _, row := range []struct{ path, value, want string }{
		{"sub", "jane", "jane"}, {"email", "jane@corp.example", Mark}, {"groups nested", "a", Mark}, {"email", "", ""},
	} {
		if got := r.Claim(strings.Fields(row.path), row.value); got != row.want {
			t.Errorf("%s: %s, want %s", row.path, got, row.want)
		}
	}
}

// Whatever surrounds a token, nothing of it is left, and hiding twice changes nothing.
func FuzzText(f *testing.F) {
	f.Add("a ", " b")
	f.Add("/x?token=", "&q=1")
	f.Add("https://u:", "@h/")
	f.Add("x%", "=")
	f.Fuzz(func(t *testing.T, before, after string) {
		once := Text(before + " " + signed + after)
		if strings.Contains(once, "c2lnbmF0dXJlLXNpZ25hdHVyZQ") && !strings.Contains(before+after, "c2lnb") {
			t.Errorf("%q", once)
		}
		if twice := Text(once); Text(twice) != twice {
			t.Errorf("%q, then %q", once, twice)
		}
	})
}
