package jwtauthn

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func unsigned(header, payload string) string {
	return b64(header) + "." + b64(payload) + "." + b64("signature")
}

const rs256 = `{"alg":"RS256"}`

// TestParseToken: what is wrong is found in Envoy's order.
func TestParseToken(t *testing.T) {
	for raw, want := range map[string]Status{
		"":                               BadFormat,
		"a.b":                            BadFormat,
		"a.b.c.d":                        BadFormat,
		"!.!.!":                          HeaderBase64,
		b64("x") + ".!.!":                HeaderJSON,
		b64("[]") + ".!.!":               HeaderJSON,
		unsigned(`{}`, `{}`):             HeaderAlg,
		unsigned(`{"alg":1}`, `{}`):      HeaderAlg,
		unsigned(`{"alg":"none"}`, `{}`): AlgUnsupported,
		unsigned(`{"alg":"RS256","kid":1}`, `{}`): HeaderKid,
		b64(rs256) + ".!.!":                       PayloadBase64,
		unsigned(rs256, `x`):                      PayloadJSON,
		unsigned(rs256, `[]`):                     PayloadJSON,
		unsigned(rs256, `{"aud":1}`):              PayloadAud,
		unsigned(rs256, `{"aud":["a",1]}`):        PayloadAud,
		b64(rs256) + "." + b64(`{}`) + ".!":       SignatureBase64,
		unsigned(rs256, `{}`):                     OK,
		unsigned(rs256, `{"aud":"a"}`):            OK,
		unsigned(rs256, `{"aud":["a","b"]}`):      OK,
	} {
		if _, got := ParseToken(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// TestTimes: Envoy lets clocks differ by a minute either way.
func TestTimes(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for payload, want := range map[string]Status{
		`{}`:                OK,
		`{"exp":999941}`:    OK,
		`{"exp":999939}`:    Expired,
		`{"nbf":1000059}`:   OK,
		`{"nbf":1000061}`:   NotYetValid,
		`{"exp":0}`:         OK,
		`{"exp":2000000}`:   OK,
		`{"nbf":1,"exp":2}`: Expired,
	} {
		token, s := ParseToken(unsigned(rs256, payload))
		if s != OK {
			t.Errorf("%s: %s", payload, s)
			continue
		}
		if got := token.CheckTimes(now); got != want {
			t.Errorf("%s: %q, want %q", payload, got, want)
		}
	}
}

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// sign makes a token with the test's key, by the standard library alone.
func sign(t *testing.T, header, payload string) string {
	t.Helper()
	text := b64(header) + "." + b64(payload)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key(), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func keySet(fields string) string {
	n := base64.RawURLEncoding.EncodeToString(key().N.Bytes())
	e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key().E)).Bytes())
	return fmt.Sprintf(`{"keys":[{"kty":"RSA","n":%q,"e":%q%s}]}`, n, e, fields)
}

// TestVerify: which keys are tried follows from kid and alg; of those that are, one has to fit.
func TestVerify(t *testing.T) {
	for _, row := range []struct {
		keys, header, payload string
		spoil                 bool
		want                  Status
	}{
		{keySet(""), rs256, `{}`, false, OK},
		{keySet(""), rs256, `{}`, true, VerificationFail},
		{keySet(`,"kid":"a"`), `{"alg":"RS256","kid":"a"}`, `{}`, false, OK},
		{keySet(`,"kid":"a"`), `{"alg":"RS256","kid":"b"}`, `{}`, false, NoFittingKey},
		{keySet(`,"kid":"a"`), rs256, `{}`, false, OK},
		{keySet(`,"alg":"RS256"`), rs256, `{}`, false, OK},
		{keySet(`,"alg":"RS512"`), rs256, `{}`, false, NoFittingKey},
		{keySet(""), `{"alg":"RS512"}`, `{}`, false, VerificationFail},
	} {
		keys, ok := ParseKeys(row.keys)
		if !ok {
			t.Fatalf("%s is refused", row.keys)
		}
		raw := sign(t, row.header, row.payload)
		if row.spoil {
			raw = strings.Replace(raw, "."+b64(row.payload)+".", "."+b64(`{"sub":"eve"}`)+".", 1)
		}
		token, s := ParseToken(raw)
		if s != OK {
			t.Errorf("%s: %s", row.header, s)
			continue
		}
		if got := keys.Verify(token); got != row.want {
			t.Errorf("%s, keys %s: %q, want %q", row.header, row.keys[len(row.keys)-30:], got, row.want)
		}
	}
}

// FuzzToken:  go test -run '^$' -fuzz '^FuzzToken$' ./pkg/envoy/jwtauthn
// Whatever comes, there is a verdict; a token that is taken has the form that its bytes say; and none is ever printed.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", unsigned(rs256, `{}`), unsigned(rs256, `{"aud":["a"],"exp":1,"iss":"i","sub":"s","nested":{"a":[1,"b"]}}`),
		unsigned(`{"alg":"none"}`, `{}`), unsigned(rs256, `{"exp":1e400}`), unsigned(rs256, `{"a":1,"a":2}`), unsigned(rs256, `{"exp":-1}`)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		token, s := ParseToken(raw)
		if s != OK {
			return
		}
		parts := strings.Split(raw, ".")
		if len(parts) != 3 {
			t.Fatalf("%d parts are taken for a token", len(parts))
		}
		header, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
		var h struct{ Alg, Kid any }
		if err == nil && json.Unmarshal(header, &h) == nil && h.Alg != any(token.Alg) {
			t.Errorf("alg is %q, the header says %v", token.Alg, h.Alg)
		}
		if len(raw) > 12 {
			data, err := json.Marshal(token)
			if err != nil || strings.Contains(string(data)+fmt.Sprintf("%v %+v %#v %s", token, token, token, token), raw) {
				t.Errorf("the token is printed: %v", err)
			}
		}
		token.CheckTimes(time.Unix(1, 0))
		token.CheckAudience([]string{"a", "https://b/"})
		for name := range token.Claims {
			ClaimHeader(token.Claims, name)
		}
	})
}

// FuzzKeys:  go test -run '^$' -fuzz '^FuzzKeys$' ./pkg/envoy/jwtauthn
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"", `{"keys":[]}`, keySet(""), keySet(`,"kid":1`), `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":[{"kty":"oct","k":"AA"}]}`} {
		f.Add(seed)
	}
	token, _ := ParseToken(unsigned(rs256, `{}`))
	f.Fuzz(func(t *testing.T, text string) {
		if keys, ok := ParseKeys(text); ok && keys.Verify(token) == OK {
			t.Error("a token that nobody has signed is good")
		}
	})
}
