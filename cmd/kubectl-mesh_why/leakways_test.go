package main

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// marker is the secret that must come out nowhere. It is in all that is given to the program below.
const marker = "MARKER7f3aS3cret"

// The forms of a secret.
var (
	signedMarker = tokenOf(`{"alg":"RS256","kid":"a"}`, `{"iss":"https://idp.example","sub":"jane","email":"`+marker+`@corp.example","nested":{"x":"`+marker+`"}}`, marker+"-signature")
	unsigned     = tokenOf(`{"alg":"none"}`, `{"x":"`+marker+`"}`, marker)
	spacedMarker = tokenOf("{\n  \"alg\": \"RS256\"}", `{"iss":"i","x":"`+marker+`"}`, marker+"-signature")
	encrypted    = tokenOf(`{"alg":"dir","enc":"A256GCM"}`, marker+"-key", marker+"-iv-iv", marker+"-cipher", marker+"-tag-tag")
	farAway      = tokenOf(`{"alg":"RS256","kid":"a"}`, `{"iss":"https://idp.example","sub":"jane","exp":253402300800,"email":"`+marker+`"}`, marker+"-signature")
	ownerMarker  = tokenOf(`{"alg":"RS256","kid":"a"}`, `{"iss":"https://idp.example/`+marker+`","sub":"`+marker+`","aud":"`+marker+`"}`, marker+"-signature")
	noExpiry     = tokenOf(`{"alg":"RS256","kid":"a"}`, `{"iss":"https://idp.example","sub":"jane","exp":null,"email":"`+marker+`"}`, marker+"-signature")
)

func tokenOf(parts ...string) string {
	for i, p := range parts {
		parts[i] = base64.RawURLEncoding.EncodeToString([]byte(p))
	}
	return strings.Join(parts, ".")
}

// percentAll writes every byte percent-encoded.
func percentAll(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		out.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
	}
	return out.String()
}

// wayIn is a way for a secret to get into the program.
type wayIn struct {
	name  string
	flags []string // those that it goes by
	on    string   // the commands that it goes to: asks (the question, dump), compares (a second question), matrix, test, log; several with blanks
	args  []string // appended to the command; {dir} is where the files are
	env   map[string]string
	files map[string]string
	stdin string
	fails bool // the command refuses it
}

// usualNames are names of headers, cookies and parameters that carry secrets.
var usualNames = strings.Fields(`authorization proxy-authorization x-authorization x-forwarded-authorization cookie set-cookie x-api-key api-key apikey api_key x-api-token
x-auth x-auth-token x-auth-key x-access-token x-id-token x-token token access_token id_token refresh_token jwt x-jwt-assertion x-goog-iap-jwt-assertion x-amzn-oidc-data
x-amzn-oidc-accesstoken x-amz-security-token x-amz-signature x-amz-credential x-ms-token-aad-id-token x-ms-client-principal cf-access-jwt-assertion x-forwarded-access-token
x-vault-token private-token job-token x-gitlab-token x-hub-signature x-hub-signature-256 x-slack-signature stripe-signature x-shopify-hmac-sha256 x-csrf-token x-xsrf-token csrf
nonce state code code_verifier oauth_token oauth_signature client_secret client_assertion assertion samlresponse samlrequest relaystate ticket dpop password passwd pwd pass passphrase
x-password secret x-secret x-client-secret x-webhook-secret access_key secret_key x-access-key private_key credentials pin otp session sessionid x-session-id sid jsessionid phpsessid
sig signature hmac key subscription-key ocp-apim-subscription-key x-functions-key dd-application-key x-honeycomb-team`)

func everyHeader(value string) (args []string) {
	for _, n := range usualNames {
		args = append(args, "-H", n+": "+value)
	}
	return args
}

func everyParameter(value string) string {
	var pairs []string
	for _, n := range usualNames {
		pairs = append(pairs, n+"="+value)
	}
	return "/ip?" + strings.Join(pairs, "&")
}

var waysIn = []wayIn{
	{name: "a file with a token", flags: []string{"jwt-file"}, on: "asks matrix", args: []string{"--jwt-file", "{dir}/token"}, files: map[string]string{"token": signedMarker}},
	{name: "a file with an encrypted token", flags: []string{"jwt-file"}, on: "asks matrix", args: []string{"--jwt-file", "{dir}/token"}, files: map[string]string{"token": "Bearer " + encrypted + "\n"}},
	{name: "a file with a token of no known form", flags: []string{"jwt-file"}, on: "asks matrix", args: []string{"--jwt-file", "{dir}/token"}, files: map[string]string{"token": marker}},
	{name: "a token on standard input", flags: []string{"jwt-file"}, on: "asks matrix", args: []string{"--jwt-file", "-"}, stdin: spacedMarker},
	{name: "a token in the environment", flags: []string{"jwt-env"}, on: "asks matrix", args: []string{"--jwt-env", "A_TOKEN"}, env: map[string]string{"A_TOKEN": unsigned}},
	{name: "a token that expires in the year 10000", flags: []string{"jwt-env"}, on: "asks matrix", args: []string{"--jwt-env", "A_TOKEN", "--assume", "jwt-valid"}, env: map[string]string{"A_TOKEN": farAway}},
	{name: "a token that expires at null", flags: []string{"jwt-env"}, on: "asks matrix", args: []string{"--jwt-env", "A_TOKEN"}, env: map[string]string{"A_TOKEN": noExpiry}},

	{name: "headers of all usual names", flags: []string{"header"}, on: "asks matrix", args: everyHeader(marker)},
	{name: "headers of all usual names, with a scheme", flags: []string{"header"}, on: "asks matrix", args: everyHeader("Bearer " + marker)},
	{name: "a header of any name with a token", flags: []string{"header"}, on: "asks matrix", args: []string{"-H", "x-note: see " + signedMarker, "-H", "x-other: " + encrypted}},
	{name: "a header of any name with a scheme", flags: []string{"header"}, on: "asks matrix", args: []string{"-H", "x-note: Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+marker))}},
	{name: "a header with an address", flags: []string{"header"}, on: "asks matrix", args: []string{"-H", "referer: https://u:" + marker + "@h/x?access_token=" + marker + "#id_token=" + marker}},
	{name: "a header in which nobody looks for tokens", flags: []string{"header"}, on: "asks matrix", args: []string{"-H", "x-note: " + ownerMarker, "-H", "referer: " + ownerMarker}},
	{name: "cookies", flags: []string{"header"}, on: "asks matrix", args: []string{"-H", "cookie: a=1; group=beta; sid=" + marker + "; b=" + marker}},
	{name: "a header that this mesh reads tokens from", flags: []string{"header"}, on: "asks matrix", args: []string{"-H", "x-plain: tok-" + marker}},

	{name: "parameters of all usual names", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", everyParameter(marker)}},
	{name: "a parameter with a percent-encoded name", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", "/ip?access%5Ftoken=" + marker + "&%61pi_key=" + marker}},
	{name: "a parameter that this mesh reads tokens from", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", "/ip?tk=" + marker}},
	{name: "a parameter with an address", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", "/ip?to=" + url.QueryEscape("https://h/?token="+marker)}},
	{name: "a path with a token", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", "/x/" + signedMarker + "/y;jsessionid=" + marker}},
	{name: "a path with a percent-encoded token", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", "/x/" + percentAll(signedMarker)}},
	{name: "a second path", flags: []string{"compare-path"}, on: "compares", args: []string{"--compare-path", "/ip?access_token=" + marker + "&tk=" + marker}},
	{name: "a second token", flags: []string{"compare-token"}, on: "compares", args: []string{"--compare-token", "{dir}/token"}, files: map[string]string{"token": signedMarker}},
	{name: "a fragment", flags: []string{"path"}, on: "asks matrix", args: []string{"--path", "/ip#access_token=" + marker}},

	{name: "expectations", on: "test", files: map[string]string{"expectations": `apiVersion: mesh-why/v1alpha1
kind: Expectations
requests:
- {name: token, from: sleep.foo, to: "httpbin.bar:8000/ip", token: ` + signedMarker + `, expect: {status: 418}}
- {name: encrypted, from: sleep.foo, to: "httpbin.bar:8000/ip", token: ` + encrypted + `, expect: {status: 418}}
- {name: file, from: sleep.foo, to: "httpbin.bar:8000/ip", tokenFile: token, expect: {status: 418}}
- {name: environment, from: sleep.foo, to: "httpbin.bar:8000/ip", tokenEnv: A_TOKEN, expect: {status: 418}}
- {name: headers, from: sleep.foo, to: "httpbin.bar:8000/ip", headers: {x-api-key: ` + marker + `, cookie: sid=` + marker + `, x-plain: ` + marker + `}, expect: {status: 418}}
- {name: parameter, from: sleep.foo, to: "httpbin.bar:8000/ip?access_token=` + marker + `&tk=` + marker + `", expect: {status: 418}}
- {name: fragment, from: sleep.foo, to: "http://httpbin.bar:8000/ip#id_token=` + marker + `", expect: {status: 418}}
- {name: "said in the name: ` + signedMarker + `", from: sleep.foo, to: "httpbin.bar:8000/ip", expect: {status: 418}}
- {name: expected, from: sleep.foo, to: "httpbin.bar:8000/ip", expect: {body: ` + signedMarker + `}}
- {name: "the year 10000", from: sleep.foo, to: "httpbin.bar:8000/ip", token: ` + farAway + `}
`, "token": signedMarker}, env: map[string]string{"A_TOKEN": marker + "-and-more"}},
	{name: "expectations that are wrong", on: "test", fails: true, files: map[string]string{"expectations": `apiVersion: mesh-why/v1alpha1
kind: Expectations
requests:
- {name: at, from: sleep.foo, to: "httpbin.bar:8000/ip", at: ` + signedMarker + `}
`}},
	{name: "expectations with tokens in every other place", on: "test", fails: true, files: map[string]string{"expectations": misplacedExpectations()}},
	{name: "expectations to a URL with a password", on: "test", fails: true, files: map[string]string{"expectations": `apiVersion: mesh-why/v1alpha1
kind: Expectations
requests:
- {from: sleep.foo, to: "https://u:` + marker + `@httpbin.bar:8000/ip"}
`}},
	{name: "expectations that are no YAML", on: "test", fails: true, files: map[string]string{"expectations": "requests: [{token: " + signedMarker + "\n"}},

	{name: "lines of a log", on: "log", files: map[string]string{"log": `[2026-11-22T06:40:00.000Z] "GET /ip?access_token=` + marker + ` HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "curl/8 ` + signedMarker + `" "4d1b" "httpbin.bar:8000" "-" inbound|8080|| - 10.1.0.12:8080 10.1.0.10:4000 outbound_.8000_._.httpbin.bar.svc.cluster.local default
[2026-11-22T06:40:00.000Z] "GET /` + signedMarker + ` HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 0 - "-" "curl/8" "4d1b" "httpbin.bar:8000" "-" outbound|8000||httpbin.bar.svc.cluster.local - 10.2.0.10:8000 10.1.0.10:4000 - default
`}},
	{name: "a secret in every field of a log", on: "log", files: map[string]string{"log": everyField("x" + signedMarker)}},
	{name: "a password in every field of a log", on: "log", files: map[string]string{"log": everyField("u:" + marker + "@httpbin.bar:8000")}},
	{name: "a parameter in every field of a log", on: "log", files: map[string]string{"log": everyField("/ip?access_token=" + marker)}},
	{name: "lines that are none of a log", on: "log", fails: true, files: map[string]string{"log": "authorization: Bearer " + signedMarker + "\n"}},
}

// misplaced are secrets where none belongs, by flag: the program refuses them, and does not repeat them.
var misplaced = map[string][][]string{
	"":                   {{"{token}", "httpbin.bar"}, {"sleep.foo", "{token}"}, {"sleep.foo", "http://{jwt}:8000/"}, {"sleep.foo", "httpbin.bar", "{token}"}, {"sleep.foo", "https://u:" + marker + "@httpbin.bar/"}, {"sleep.foo", "ftp://httpbin.bar/?access_token=" + marker}},
	"nosuchflag":         {{"sleep.foo", "httpbin.bar", "--{token}"}, {"sleep.foo", "httpbin.bar", "--nosuch={token}"}, {"sleep.foo", "httpbin.bar", "-token={token}"}, {"sleep.foo", "httpbin.bar", "--=" + marker}},
	"header":             {{"sleep.foo", "httpbin.bar", "-H", "authorization {token}"}, {"sleep.foo", "httpbin.bar", "-H", "{jwt}: x"}, {"sleep.foo", "httpbin.bar", "-H", "authorization=Bearer " + marker + ": x"}, {"sleep.foo", "httpbin.bar", "-H", "x-api-key: a\n" + marker}, {"sleep.foo", "httpbin.bar", "-H", "Authorization:", "Bearer", "{token}"}},
	"path":               {{"sleep.foo", "httpbin.bar", "--path", "/ip?access_token=" + marker + " x"}, {"sleep.foo", "httpbin.bar/x?token=" + marker, "--path", "/y?token=" + marker}},
	"method":             {{"sleep.foo", "httpbin.bar", "-X", "{token}"}, {"sleep.foo", "httpbin.bar", "-X", "{token} x"}},
	"host":               {{"sleep.foo", "httpbin.bar", "--host", "{token}"}},
	"protocol":           {{"sleep.foo", "httpbin.bar", "--protocol", "{token}"}},
	"via":                {{"outside", "httpbin.bar", "--via", "{token}"}},
	"source-ip":          {{"outside", "httpbin.bar", "--source-ip", "{token}"}},
	"jwt-file":           {{"sleep.foo", "httpbin.bar", "--jwt-file", "{token}"}},
	"jwt-env":            {{"sleep.foo", "httpbin.bar", "--jwt-env", "{token}"}},
	"insecure":           {{"sleep.foo", "httpbin.bar", "-k={token}"}},
	"tcp":                {{"sleep.foo", "httpbin.bar", "--tcp={token}"}},
	"filename":           {{"-f", signedMarker, "sleep.foo", "httpbin.bar"}},
	"demo":               {{"--demo={token}", "sleep.foo", "httpbin.bar"}},
	"with":               {{"sleep.foo", "httpbin.bar", "--with", signedMarker}},
	"without":            {{"sleep.foo", "httpbin.bar", "--without", "{token}"}, {"sleep.foo", "httpbin.bar", "--without", "authorizationpolicy/bar/" + signedMarker}},
	"istio-version":      {{"sleep.foo", "httpbin.bar", "--istio-version", "{token}"}},
	"now":                {{"sleep.foo", "httpbin.bar", "--now", "{token}"}},
	"jwks":               {{"sleep.foo", "httpbin.bar", "--jwks", signedMarker}},
	"fetch-jwks":         {{"sleep.foo", "httpbin.bar", "--fetch-jwks={token}"}},
	"fetch-jwks-private": {{"sleep.foo", "httpbin.bar", "--fetch-jwks-private={token}"}},
	"assume":             {{"sleep.foo", "httpbin.bar", "--assume", "{token}"}},
	"request-timeout":    {{"sleep.foo", "httpbin.bar", "--request-timeout", "{token}"}},
	"timing":             {{"sleep.foo", "httpbin.bar", "--timing={token}"}},
	"check-access":       {{"sleep.foo", "httpbin.bar", "--check-access={token}"}},
	"check-secrets":      {{"sleep.foo", "httpbin.bar", "--check-secrets={token}"}},
	"output":             {{"sleep.foo", "httpbin.bar", "-o", "{token}"}},
	"trace":              {{"sleep.foo", "httpbin.bar", "--trace={token}"}},
	"color":              {{"sleep.foo", "httpbin.bar", "--color", "{token}"}},
	"namespace":          {{"sleep.foo", "httpbin.bar", "-n", "{token}"}},
	"compare-source":     {{"sleep.foo", "httpbin.bar", "--compare-source", "{token}"}},
	"compare-namespace":  {{"sleep.foo", "httpbin.bar", "--compare-namespace", "{token}"}},
	"compare-path":       {{"sleep.foo", "httpbin.bar", "--compare-path", "/ip?access_token=" + marker + " x"}},
	"compare-token":      {{"sleep.foo", "httpbin.bar", "--compare-token", signedMarker}},
	"save":               {{"sleep.foo", "httpbin.bar", "--save", "{jwt}/x"}},
	"exit-code":          {{"matrix", "--exit-code", "{token}"}},
	"max-input":          {{"sleep.foo", "httpbin.bar", "--max-input", "{token}"}},
	"from":               {{"matrix", "--from", "{token}"}, {"matrix", "--from", signedMarker + "/x"}},
	"to":                 {{"matrix", "--to", "{token}"}, {"matrix", "{token}"}},
	"full":               {{"dump", "--full={token}"}, {"dump", "{token}"}, {"dump", "sleep.foo", "{token}"}},
	"pod":                {{"log", "--pod", "{token}", "{dir}/empty"}},
	"limit":              {{"log", "--limit", "{token}", "{dir}/empty"}},
	"other commands":     {{"explain", "{token}"}, {"test", signedMarker}, {"version", "{token}"}, {"options", "{token}"}, {"migrate", "{token}"}, {"demo", "{token}"}, {"log", signedMarker}, {"completion", "{token}"}},
}

// kubectls are kubectl's own flags. What they hold goes to the API server's client, and is used in no answer; TestClusterLeaks asks with a
// login token.
var kubectls = strings.Fields(`as as-group as-uid as-user-extra cache-dir certificate-authority client-certificate client-key cluster context disable-compression
insecure-skip-tls-verify kubeconfig proxy-url server tls-server-name token user v help version`)

// wayOut is a way out of the program.
type wayOut struct {
	command string     // by its name; empty for a question
	of      string     // the ways in that lead there
	args    []string   // what the command is asked
	formats []string   // of -o; none where the command has one of its own
	also    [][]string // further flags, each set in turn with every format
	fails   bool       // there may be nothing to print, which is an error
}

var waysOut = []wayOut{
	{command: "", of: "asks", args: []string{"sleep.foo", "httpbin.bar:8000"}, formats: []string{"table", "wide", "json", "yaml"}, also: [][]string{nil, {"--trace", "--timing"}, {"--with", "{dir}/strict"}, {"--save", "{dir}/saved"}}},
	{command: "", of: "asks", args: []string{"sleep.foo", "httpbin.bar:8000"}, formats: []string{"patch"}, also: [][]string{nil}, fails: true},
	{command: "", of: "compares", args: []string{"sleep.foo", "httpbin.bar:8000"}, formats: []string{"table", "wide", "json", "yaml"}, also: [][]string{nil, {"--trace"}}},
	{command: "dump", of: "asks", args: []string{"sleep.foo", "httpbin.bar:8000"}, also: [][]string{nil, {"--full"}}},
	{command: "matrix", of: "matrix", args: []string{"--to", "bar/httpbin"}, formats: []string{"table", "wide", "json", "yaml", "csv"}, also: [][]string{nil, {"--trace"}, {"--with", "{dir}/strict", "--from", "outside", "--from", "foo"}}},
	{command: "test", of: "test", args: []string{"{dir}/expectations"}, formats: []string{"table", "wide", "json", "yaml", "junit"}, also: [][]string{nil, {"--with", "{dir}/strict"}, {"--trace"}}},
	{command: "log", of: "log", args: []string{"{dir}/log"}, formats: []string{"table", "wide", "json", "yaml"}, also: [][]string{nil, {"--limit", "0"}}},
}

// silent are commands to which no secret of a request leads, with the reason.
var silent = map[string]string{
	"enforcement": "prints where policies act, and knows no request",
	"demo":        "asks its own questions of its own mesh",
	"explain":     "prints the catalogue",
	"migrate":     "writes policies that it has read, and knows no request",
	"version":     "reads nothing",
	"options":     "reads nothing",
	"help":        "reads nothing",
	"completion":  "reads nothing",
}

// logFields are the fields of a line that Istio writes as JSON (istio: mesh config, accessLogEncoding), with what stands there otherwise. Whoever
// sends a request chooses the content of the most of them.
var logFields = map[string]string{
	"start_time": "2026-11-22T06:40:00.000Z", "method": "GET", "path": "/ip", "protocol": "HTTP/1.1", "authority": "httpbin.bar:8000", "response_flags": "-",
	"response_code_details": "rbac_access_denied_matched_policy[none]", "connection_termination_details": "-", "upstream_transport_failure_reason": "-",
	"x_forwarded_for": "-", "user_agent": "curl/8", "request_id": "4d1b", "grpc_status": "-", "upstream_cluster": "inbound|8080||", "upstream_host": "-",
	"upstream_local_address": "-", "downstream_local_address": "10.1.0.12:8080", "downstream_remote_address": "10.1.0.10:4000",
	"requested_server_name": "outbound_.8000_._.httpbin.bar.svc.cluster.local", "downstream_peer_uri_san": "-", "route_name": "default",
}

// everyField are lines of a log, each with a secret in one field, and for the first of them in none.
func everyField(secret string) string {
	var out strings.Builder
	for _, marked := range append([]string{""}, slices.Sorted(maps.Keys(logFields))...) {
		line := map[string]any{"response_code": 403}
		for name, value := range logFields {
			if name == marked {
				value = secret
			}
			line[name] = value
		}
		text, err := json.Marshal(line)
		if err != nil {
			panic(err)
		}
		out.Write(append(text, '\n'))
	}
	return out.String()
}

// misplacedExpectations asks with a token in each field that is for something else.
func misplacedExpectations() string {
	out := "apiVersion: mesh-why/v1alpha1\nkind: Expectations\nrequests:\n"
	for _, field := range []string{"from", "sourceIP", "to", "method", "host", "via", "protocol", "at", "tokenFile", "tokenEnv"} {
		for _, token := range []string{signedMarker, encrypted, marker + "a1B2c3"} {
			given := map[string]any{"from": "sleep.foo", "to": "httpbin.bar:8000/ip", field: token}
			text, err := json.Marshal(given)
			if err != nil {
				panic(err)
			}
			out += "- " + string(text) + "\n"
		}
	}
	return out
}
