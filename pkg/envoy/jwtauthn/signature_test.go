package jwtauthn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
)

// Every algorithm verifies with its own key, and with no other key and no other text.
func TestSignatures(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve := func(c elliptic.Curve) *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte(strings.Repeat("k", 64))
	keys := map[string]any{"RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey, "PS256": rsaKey, "PS384": rsaKey, "PS512": rsaKey,
		"ES256": curve(elliptic.P256()), "ES384": curve(elliptic.P384()), "ES512": curve(elliptic.P521()), "EdDSA": edKey,
		"HS256": secret, "HS384": secret, "HS512": secret}
	public := func(k any) any {
		if s, ok := k.(crypto.Signer); ok {
			return s.Public()
		}
		return k
	}
	for _, alg := range algorithms {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: keys[alg]}, nil)
		if err != nil {
			t.Fatal(alg, err)
		}
		signed, err := signer.Sign([]byte(`{"iss":"i"}`))
		if err != nil {
			t.Fatal(alg, err)
		}
		raw, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(alg, err)
		}
		token, status := ParseToken(raw)
		if status != OK {
			t.Fatal(alg, status)
		}
		for of, k := range keys {
			// RS and PS share a key, and so do the HS; each curve here has a key of its own.
			family := strings.NewReplacer("PS", "RS").Replace
			same := of == alg || of[:2] != "ES" && family(of)[:2] == family(alg)[:2]
			if got := token.signedBy(public(k)); got != same {
				t.Errorf("%s with the key of %s: %v, want %v", alg, of, got, same)
			}
		}
		parts := strings.Split(raw, ".")
		other, _ := ParseToken(parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"j"}`)) + "." + parts[2])
		if other.signedBy(public(keys[alg])) {
			t.Errorf("%s: another payload has the same signature", alg)
		}
	}
}

// What is signed is the text as it came, padding and all, whatever else the header asks for. A key that stands twice in an object is no JSON.
func TestSignedText(t *testing.T) {
	key := []byte(strings.Repeat("k", 64))
	jwk, err := json.Marshal(map[string]any{"keys": []any{map[string]string{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(key)}}})
	if err != nil {
		t.Fatal(err)
	}
	set, ok := ParseKeys(string(jwk))
	if !ok {
		t.Fatal("the key set does not parse")
	}
	for _, tt := range []struct {
		header, payload string
		want            Status
	}{
		{`{"alg":"HS256"}`, `{"iss":"issuer"}`, OK},
		{`{"alg":"HS256","crit":["x"]}`, `{"iss":"issuer"}`, OK},
		{`{"alg":"HS256"}`, `{"iss":"issuer","iss":"other"}`, PayloadJSON},
		{`{"alg":"HS256"}`, `{"a":[{"b":1,"b":2}]}`, PayloadJSON},
		{`{"alg":"HS256"}`, `{"a":{"b":1},"c":{"b":1}}`, OK},
		{`{"alg":"HS256"}`, `{"iss":"issuer"}]`, PayloadJSON},
		{`{"alg":"HS256"}`, `{"iss":"issuer"} {}`, PayloadJSON},
	} {
		message := base64.URLEncoding.EncodeToString([]byte(tt.header)) + "." + base64.URLEncoding.EncodeToString([]byte(tt.payload))
		token, status := ParseToken(message + "." + base64.RawURLEncoding.EncodeToString(mac(key, message)))
		if status == OK {
			status = set.Verify(token)
		}
		if status != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.header, tt.payload, status, tt.want)
		}
	}
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
