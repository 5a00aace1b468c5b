package jwtauthn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes by their names
	_ "crypto/sha512"
	"math/big"
	"strings"
)

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// signedBy reports whether a key made the token's signature. What is signed are the first two parts as they came; the header's other
// fields, such as crit, are not looked at (envoy: source/common/jwt/verify.cc).
func (t *Token) signedBy(key any) bool {
	message := []byte(t.raw[:strings.LastIndex(t.raw, ".")])
	if t.Alg == "EdDSA" {
		public, ok := key.(ed25519.PublicKey)
		return ok && len(t.signature) == ed25519.SignatureSize && ed25519.Verify(public, message, t.signature)
	}
	hash := hashes[t.Alg[2:]]
	h := hash.New()
	h.Write(message)
	sum := h.Sum(nil)
	switch k := key.(type) {
	case *rsa.PublicKey:
		switch t.Alg[:2] {
		case "RS":
			return rsa.VerifyPKCS1v15(k, hash, sum, t.signature) == nil
		case "PS":
			return rsa.VerifyPSS(k, hash, sum, t.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		// The algorithm names the hash only: any curve will do. The signature is two numbers of one length.
		half := len(t.signature) / 2
		return t.Alg[:2] == "ES" && half > 0 && len(t.signature) == 2*half &&
			ecdsa.Verify(k, sum, new(big.Int).SetBytes(t.signature[:half]), new(big.Int).SetBytes(t.signature[half:]))
	case []byte:
		if t.Alg[:2] == "HS" {
			mac := hmac.New(hash.New, k)
			mac.Write(message)
			return hmac.Equal(mac.Sum(nil), t.signature)
		}
	}
	return false
}
