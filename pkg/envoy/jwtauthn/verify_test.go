package jwtauthn

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

// issued is a token of an issuer, signed by nobody.
func issued(issuer string, more ...string) string {
	return unsigned(rs256, `{`+strings.Join(append([]string{`"iss":"` + issuer + `"`, `"sub":"s"`}, more...), ",")+`}`)
}

func lines(r Request, name string) []string { return r.Headers.Values(name) }

// TestExtract: the default places count where a rule names none, and headers come before parameters before cookies.
func TestExtract(t *testing.T) {
	custom := &security.JWTRule{FromHeaders: []*security.JWTHeader{{Name: "X-Token", Prefix: "Token "}}, FromParams: []string{"t"}, FromCookies: []string{"c"}}
	for _, x := range []struct {
		name string
		rule *security.JWTRule
		path string
		h    envoy.Headers
		want []string
	}{
		{"nothing", &security.JWTRule{}, "/", nil, nil},
		{"default header", &security.JWTRule{}, "/", envoy.Headers{{Name: "authorization", Value: "Bearer a.b.c"}}, []string{"a.b.c"}},
		{"another scheme", &security.JWTRule{}, "/", envoy.Headers{{Name: "authorization", Value: "Basic a.b.c"}}, nil},
		{"default parameter", &security.JWTRule{}, "/?access_token=a.b.c", nil, []string{"a.b.c"}},
		{"default cookie: there is none", &security.JWTRule{}, "/", envoy.Headers{{Name: "cookie", Value: "access_token=a.b.c"}}, nil},
		{"places replace the default ones", custom, "/?access_token=a.b.c", envoy.Headers{{Name: "authorization", Value: "Bearer a.b.c"}}, nil},
		{"order", custom, "/?t=2", envoy.Headers{{Name: "cookie", Value: "a=0; c=3"}, {Name: "x-token", Value: "Token 1"}}, []string{"1", "2", "3"}},
		{"prefix within, blanks behind it", custom, "/", envoy.Headers{{Name: "x-token", Value: `my Token "x"`}}, []string{`x"`}},
		{"percent-encoded parameter", custom, "/?t=a%2Eb", nil, []string{"a.b"}},
		{"quoted cookie", custom, "/", envoy.Headers{{Name: "cookie", Value: `c="3"`}}, []string{"3"}},
		{"header without prefix", &security.JWTRule{FromHeaders: []*security.JWTHeader{{Name: "x"}}}, "/", envoy.Headers{{Name: "x", Value: ""}}, []string{""}},
	} {
		var got []string
		for _, l := range extract(Request{Path: x.path, Headers: x.h}, lines, x.rule) {
			got = append(got, l.raw)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

// TestRules: one rule that is content is enough; otherwise the status is that of the first rule that failed, but not for an issuer that it does
// not know. A request without a token passes.
func TestRules(t *testing.T) {
	bearer := func(token string) envoy.Headers {
		return envoy.Headers{{Name: "authorization", Value: "Bearer " + token}}
	}
	a, b := &security.JWTRule{Issuer: "a"}, &security.JWTRule{Issuer: "b", Audiences: []string{"x"}}
	for _, x := range []struct {
		name  string
		rules []*security.JWTRule
		h     envoy.Headers
		want  Status
		rule  int
	}{
		{"no token", []*security.JWTRule{a, b}, nil, OK, -1},
		{"first", []*security.JWTRule{a, b}, bearer(issued("a")), OK, 0},
		{"second", []*security.JWTRule{a, b}, bearer(issued("b", `"aud":"x"`)), OK, 1},
		{"nobody's", []*security.JWTRule{a, b}, bearer(issued("c")), UnknownIssuer, 0},
		{"second fails", []*security.JWTRule{a, b}, bearer(issued("b")), AudienceRefused, 1},
		{"first fails, and second does not know it", []*security.JWTRule{b, a}, bearer(issued("b")), AudienceRefused, 0},
		{"no form", []*security.JWTRule{a, b}, bearer("x"), BadFormat, 0},
		{"expired", []*security.JWTRule{a}, bearer(issued("a", `"exp":1`)), Expired, 0},
	} {
		v := Verifier{Now: time.Unix(1_000_000, 0), Lines: lines, TrustUnknown: true, Keys: func(int) (*Keys, bool) { return nil, false }}
		got := v.Verify(x.rules, Request{Path: "/", Headers: x.h})
		if got.Status != x.want || got.Rule != x.rule {
			t.Errorf("%s: %q of rule %d, want %q of rule %d", x.name, got.Status, got.Rule, x.want, x.rule)
		}
		if good := x.want == OK && x.rule >= 0; good != (len(got.Unverified) == 1) || good != (got.Claims != nil) {
			t.Errorf("%s: %v unverified, claims %v", x.name, got.Unverified, got.Claims)
		}
		v.TrustUnknown = false
		if distrusted := v.Verify(x.rules, Request{Path: "/", Headers: x.h}); (distrusted.Status == OK) != (x.h == nil) {
			t.Errorf("%s: %q where signatures that cannot be checked are bad", x.name, distrusted.Status)
		}
	}
}

// TestLeaves: the token is taken out, what a rule writes is dropped before it is written, and a cookie stays.
func TestLeaves(t *testing.T) {
	out := []*security.ClaimToHeader{{Header: "x-sub", Claim: "sub"}}
	token := issued("a")
	payload := strings.Split(token, ".")[1]
	for _, x := range []struct {
		name string
		rule *security.JWTRule
		in   Request
		want Request
	}{
		{"taken out", &security.JWTRule{}, Request{"/", envoy.Headers{{Name: "authorization", Value: "Bearer " + token}}}, Request{"/", envoy.Headers{}}},
		{"kept", &security.JWTRule{ForwardOriginalToken: true}, Request{"/", envoy.Headers{{Name: "authorization", Value: "Bearer " + token}}},
			Request{"/", envoy.Headers{{Name: "authorization", Value: "Bearer " + token}}}},
		{"parameter", &security.JWTRule{}, Request{"/?a=1&access_token=" + token, nil}, Request{"/?a=1", nil}},
		{"only parameter", &security.JWTRule{}, Request{"/?access_token=" + token, nil}, Request{"/", nil}},
		{"cookie", &security.JWTRule{FromCookies: []string{"c"}}, Request{"/", envoy.Headers{{Name: "cookie", Value: "c=" + token}}},
			Request{"/", envoy.Headers{{Name: "cookie", Value: "c=" + token}}}},
		{"forged, no token", &security.JWTRule{OutputClaimToHeaders: out, OutputPayloadToHeader: "x-payload"},
			Request{"/", envoy.Headers{{Name: "x-sub", Value: "forged"}, {Name: "x-payload", Value: "forged"}}}, Request{"/", envoy.Headers{}}},
		{"written", &security.JWTRule{OutputClaimToHeaders: out, OutputPayloadToHeader: "x-payload"},
			Request{"/", envoy.Headers{{Name: "x-sub", Value: "forged"}, {Name: "authorization", Value: "Bearer " + token}}},
			Request{"/", envoy.Headers{{Name: "x-payload", Value: payload}, {Name: "x-sub", Value: "s"}}}},
	} {
		v := Verifier{Lines: lines, TrustUnknown: true, Keys: func(int) (*Keys, bool) { return nil, false }}
		got := v.Verify([]*security.JWTRule{x.rule}, x.in).Request
		if got.Path != x.want.Path || !slices.Equal(got.Headers, x.want.Headers) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

// TestClaims: scope and permission are lists of words, other claims where the rule says so; nested ones are found, and only texts compare.
func TestClaims(t *testing.T) {
	token := &Token{Claims: map[string]any{"iss": "i", "sub": "s", "scope": "read write", "groups": "a b", "other": "a b", "n": 1.0,
		"deep": map[string]any{"list": []any{"x", 1.0, "y"}}}}
	before := maps.Clone(token.Claims)
	c := claimsOf(token, &security.JWTRule{SpaceDelimitedClaims: []string{"groups"}})
	if !reflect.DeepEqual(token.Claims, before) {
		t.Error("the token's own claims were changed")
	}
	for names, want := range map[string][]string{"scope": {"read", "write"}, "groups": {"a", "b"}, "other": {"a b"}, "n": nil, "deep.list": {"x", "y"}, "deep.none": nil,
		"iss.x": nil} {
		if got := c.Strings(strings.Split(names, ".")); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", names, got, want)
		}
	}
	if got := c.Principal(); got != "i/s" {
		t.Errorf("principal %q", got)
	}
	delete(c, "sub")
	if got := c.Principal(); got != "" {
		t.Errorf("principal %q without a subject", got)
	}
}
