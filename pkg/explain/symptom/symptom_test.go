package symptom

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestNothingIsMissing compares the entries with what Envoy and ztunnel can write, and lists what has none.
func TestNothingIsMissing(t *testing.T) {
	f, err := os.Open("testdata/envoy.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read from
	var kind Kind
	seen := map[Kind]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if head, ok := strings.CutPrefix(line, "## "); ok {
			name, _, _ := strings.Cut(head, "  ")
			kind = Kind(name)
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		seen[kind]++
		names := []string{line}
		if kind == Flag {
			names = strings.Fields(line)
		}
		for _, n := range names {
			found := Lookup(n)
			if len(found) == 0 {
				t.Errorf("%s %q has no entry", kind, n)
			} else if found[0].Kind != kind {
				t.Errorf("%s %q is taken for a %s", kind, n, found[0].Kind)
			}
		}
	}
	for _, k := range []Kind{Flag, Detail, Reset, Token, Ztunnel} {
		if seen[k] == 0 {
			t.Errorf("the list has no %s", k)
		}
	}
	// Flags are few, and the list is whole: nothing is made up.
	if have := len(flags) - 1; have != seen[Flag] {
		t.Errorf("%d flags have an entry, %d are in the list", have, seen[Flag])
	}
}

// TestEntriesAreWhole: every entry says what, what that means, what it comes from and what to do, without holes and in one style.
func TestEntriesAreWhole(t *testing.T) {
	for _, k := range Kinds {
		codes := map[string]bool{}
		for _, e := range All(k) {
			if key := strings.ToLower(e.Code); codes[key] {
				t.Errorf("%s %s has two entries", k, e.Code)
			} else {
				codes[key] = true
			}
			if e.Kind != k {
				t.Errorf("%s %s stands among the %s entries", e.Kind, e.Code, k)
			}
			for _, text := range slices.Concat([]string{e.Title, e.Means}, e.Causes, e.Next) {
				if text == "" || text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, "{") && strings.Contains(text, "|") {
					t.Errorf("%s %s: %q", k, e.Code, text)
				}
			}
			if len(e.Causes) == 0 || len(e.Next) == 0 {
				t.Errorf("%s %s: no cause, or nothing to do", k, e.Code)
			}
			if !strings.HasSuffix(e.Means, ".") || strings.HasSuffix(e.Title, ".") {
				t.Errorf("%s %s: Title is a clause, Means are sentences: %q, %q", k, e.Code, e.Title, e.Means)
			}
			for _, c := range slices.Concat(e.Causes, e.Next) {
				if strings.HasSuffix(c, ".") {
					t.Errorf("%s %s: %q is a clause", k, e.Code, c)
				}
			}
		}
	}
}

// TestLookup: what stands for what, and the arguments in the sentences.
func TestLookup(t *testing.T) {
	for in, want := range map[string][]string{
		"403":                                {"HTTP status 403"},
		"HTTP 503":                           {"HTTP status 503"},
		"000":                                {"HTTP status 0"},
		"418":                                {"HTTP status 418"},
		"56":                                 {"exit status of curl 56"},
		"curl 7":                             {"exit status of curl 7"},
		"exit 35":                            {"exit status of curl 35"},
		"grpc 14":                            {"gRPC status 14"},
		"grpc-status: 7":                     {"gRPC status 7"},
		"PERMISSION_DENIED":                  {"gRPC status 7"},
		"UF,URX":                             {"response flag UF", "response flag URX"},
		"URX, UF":                            {"response flag URX", "response flag UF"},
		"nr":                                 {"response flag NR"},
		"NoRouteFound":                       {"response flag NR"},
		"-":                                  {"response flag -"},
		`"via_upstream"`:                     {"response code details via_upstream"},
		"Jwt is expired":                     {"token error Jwt is expired"},
		"Jwt_is_expired":                     {"token error Jwt is expired"},
		"WRONG_VERSION_NUMBER":               {"TLS error WRONG_VERSION_NUMBER"},
		"connection_termination":             {"reset reason connection_termination"},
		"no healthy upstream: 10.96.1.18:80": {"ztunnel error no healthy upstream"},
		"while closing connection: send: io error: x":                                                                                                             {"ztunnel error while closing connection", "ztunnel error send", "ztunnel error io error"},
		"jwt_authn_access_denied{Jwt_issuer_is_not_configured}":                                                                                                   {"response code details jwt_authn_access_denied", "token error Jwt issuer is not configured"},
		"upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}":                                             {"response code details upstream_reset_before_response_started", "reset reason remote_connection_failure", "reset reason delayed_connect_error"},
		"upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_111}":                                                            {"response code details upstream_reset_before_response_started", "reset reason remote_connection_failure", "reset reason delayed_connect_error"},
		"upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end}": {"response code details upstream_reset_before_response_started", "reset reason remote_connection_failure", "TLS error WRONG_VERSION_NUMBER"},
		"TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: SAN matcher:TLS_error_end":                              {"TLS error CERTIFICATE_VERIFY_FAILED"},
		"rbac_access_denied_matched_policy":                     {"response code details rbac_access_denied_matched_policy", "response code details rbac_access_denied_matched_policy[none]"},
		"downstream_local_disconnect(transport_socket_timeout)": {"response code details downstream_local_disconnect", "reset reason transport_socket_timeout"},
		"":           nil,
		"999":        nil,
		"curl 555":   nil,
		"rainy":      nil,
		"UF,nothing": nil,
	} {
		var got []string
		for _, f := range Lookup(in) {
			got = append(got, string(f.Kind)+" "+f.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestArguments(t *testing.T) {
	for in, want := range map[string]string{
		"rbac_access_denied_matched_policy[ns[bar]-policy[deny-all]-rule[10]]":                                                "AuthorizationPolicy bar/deny-all denies the request by its rules[10]",
		"rbac_access_denied_matched_policy[istio-ext-authz-my-opa-ns[bar]-policy[ask]-rule[0]-deny-due-to-bad-CUSTOM-action]": "a CUSTOM policy names an extension provider that cannot be used, so what its rules match is denied",
		"rbac_access_denied_matched_policy[istio-ext-authz-opa-ns[a]-policy[b]-rule[1]]":                                      "AuthorizationPolicy a/b denies the request by its rules[1]",
		"rbac_access_denied_matched_policy[mine]":                                                                             "an RBAC filter that does not come from an AuthorizationPolicy denies the request, by its policy mine",
		"jwt_authn_access_denied{Jwt_is_expired}":                                                                             "the token was refused: Jwt is expired",
		"upstream_reset_before_response_started{connection_termination}":                                                      "the next hop failed before it answered: connection termination",
		"upstream_reset_before_response_started":                                                                              "the next hop failed before it answered: REASON",
		"ext_proc_error_gRPC_error_14{Cluster_not_available}":                                                                 "the external processor failed: gRPC error 14 Cluster not available",
		"connection closed due to policy rejection: explicitly denied by: bar/deny":                                           "bar/deny denies the connection",
		"uhv.invalid_url": "the header validator refuses the request: invalid url",
	} {
		found := Lookup(in)
		if len(found) == 0 || found[0].Title != want {
			t.Errorf("%s: %+v, want %q", in, found, want)
		}
	}
	r, ok := DeniedBy("rbac_access_denied_matched_policy[istio-ext-authz-my-opa-ns[bar]-policy[ask]-rule[3]-deny-due-to-bad-CUSTOM-action]")
	if want := (Rule{"bar", "ask", "3", "my-opa", true}); !ok || r != want {
		t.Errorf("%+v %v, want %+v", r, ok, want)
	}
	for _, none := range []string{"", "via_upstream", "rbac_access_denied_matched_policy[none]", "rbac_access_denied_matched_policy[x]", "rbac_access_denied_matched_policy[ns[a]-policy[b]-rule[x]]"} {
		if r, ok := DeniedBy(none); ok {
			t.Errorf("%s: %+v", none, r)
		}
	}
}

// go test ./pkg/explain/symptom -run '^$' -fuzz FuzzLookup
func FuzzLookup(f *testing.F) {
	for _, s := range []string{"403", "UF,URX", "a{b|c", "rbac_access_denied_matched_policy[ns[", "send: send: send:", "curl (56", "[", "{}", "uhv.", "downstream_local_disconnect(", "OPENSSL_internal:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range Lookup(s) {
			if x.Title == "" || x.Means == "" {
				t.Errorf("%q: %+v", s, x)
			}
		}
	})
}
