package jwtauthn

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"sync"

	jose "github.com/go-jose/go-jose/v4"
)

// WellKnown is where an issuer tells about itself, its key set among others (OpenID Connect Discovery 1.0, section 4). istiod looks there
// where a rule names no jwksUri.
const WellKnown = "/.well-known/openid-configuration"

// Keys is a key set as Envoy uses it.
type Keys struct{ keys []jose.JSONWebKey }

// ParseKeys reads a key set. Keys that do not parse are left out, as long as one is left; otherwise the set is not ok, and Envoy refuses
// the listener that holds it (envoy: source/common/jwt/jwks.cc).
func ParseKeys(text string) (*Keys, bool) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return nil, false
	}
	k := &Keys{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// One key at a time: the library gives up on a whole set at the first key that it does not know.
		if err := json.Unmarshal(raw, &key); err != nil {
			continue
		}
		if secret, symmetric := key.Key.([]byte); symmetric {
			// The library has no word on those, and they have no public half.
			if len(secret) > 0 {
				k.keys = append(k.keys, key)
			}
			continue
		}
		if !key.Valid() {
			continue
		}
		key = key.Public()
		if plausible(key) {
			k.keys = append(k.keys, key)
		}
	}
	return k, len(k.keys) > 0
}

var keySets sync.Map // text -> parsedKeys

type parsedKeys struct {
	keys *Keys
	ok   bool
}

// CachedKeys is [ParseKeys], which takes long for large sets, once for each text.
func CachedKeys(text string) (*Keys, bool) {
	if k, found := keySets.Load(text); found {
		return k.(parsedKeys).keys, k.(parsedKeys).ok
	}
	keys, ok := ParseKeys(text)
	keySets.Store(text, parsedKeys{keys, ok})
	return keys, ok
}

// plausible refuses RSA keys that the proxy's library refuses: shorter than 512 bits, or with an even modulus.
func plausible(k jose.JSONWebKey) bool {
	pub, ok := k.Key.(*rsa.PublicKey)
	return !ok || pub.N.BitLen() >= 512 && pub.N.Bit(0) == 1 && pub.E&1 == 1 && pub.E > 1
}

// Verify checks the signature with every key that could have made it: a key is passed over where both have a kid and those differ, or
// where it has an algorithm and that is not the token's (envoy: source/common/jwt/verify.cc).
func (k *Keys) Verify(t *Token) Status {
	if k == nil || len(k.keys) == 0 {
		return NoUsableKey
	}
	fitting := false
	for _, key := range k.keys {
		if t.Kid != "" && key.KeyID != "" && t.Kid != key.KeyID || key.Algorithm != "" && key.Algorithm != t.Alg {
			continue
		}
		fitting = true
		if _, is := key.Key.(ed25519.PublicKey); is && len(t.signature) != ed25519.SignatureSize {
			return "Jwt ED25519 signature is wrong length" // whatever the token's algorithm is; keys behind this one are not asked
		}
		if t.signedBy(key.Key) {
			return OK
		}
	}
	if !fitting {
		return NoFittingKey
	}
	return VerificationFail
}

// Kids lists what the keys of the set are called, in their order; keys without a kid are left out.
func (k *Keys) Kids() []string {
	var out []string
	if k != nil {
		for _, key := range k.keys {
			if key.KeyID != "" {
				out = append(out, key.KeyID)
			}
		}
	}
	return out
}
