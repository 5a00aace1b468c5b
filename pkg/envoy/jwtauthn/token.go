package jwtauthn

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// Status is Envoy's verdict on a token: the text that it answers with, empty where the token is good.
type Status string

// The statuses, in the order in which they are found (envoy: source/common/jwt/status.h).
const (
	OK               Status = ""
	Missing          Status = "Jwt is missing"
	BadFormat        Status = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"
	HeaderBase64     Status = "Jwt header is an invalid Base64url encoded"
	HeaderJSON       Status = "Jwt header is an invalid JSON"
	HeaderAlg        Status = "Jwt header [alg] field is required and must be a string"
	AlgUnsupported   Status = "Jwt header [alg] is not supported"
	HeaderKid        Status = "Jwt header [kid] field is not a string"
	PayloadBase64    Status = "Jwt payload is an invalid Base64url encoded"
	PayloadJSON      Status = "Jwt payload is an invalid JSON"
	PayloadAud       Status = "Jwt payload [aud] field is not a string or string list"
	SignatureBase64  Status = "Jwt signature is an invalid Base64url encoded"
	UnknownIssuer    Status = "Jwt issuer is not configured"
	NotYetValid      Status = "Jwt not yet valid"
	Expired          Status = "Jwt is expired"
	AudienceRefused  Status = "Audiences in Jwt are not allowed"
	NoUsableKey      Status = "Jwks doesn't have any valid public key"
	NoFittingKey     Status = "Jwks doesn't have key to match kid or alg from Jwt"
	VerificationFail Status = "Jwt verification fails"
)

// Code is the HTTP status that goes with the text.
func (s Status) Code() int {
	if s == AudienceRefused {
		return 403
	}
	return 401
}

// clockSkew is how far clocks may differ; Istio gives no way to set it.
const clockSkew = 60 * time.Second

// Token is a token whose parts have the right form. Nothing is said of its signature.
type Token struct {
	raw       string
	signature []byte

	Alg, Kid string
	Issuer   string
	Subject  string
	Audience []string
	NotAfter uint64 // exp in seconds since 1970; 0 where it never expires
	From     uint64 // nbf
	Claims   map[string]any
}

// String keeps a token out of every text that is made of it by accident.
func (t *Token) String() string { return "[token]" }

// GoString does so for %#v.
func (t *Token) GoString() string { return t.String() }

// MarshalJSON does so for JSON.
func (t *Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

var algorithms = []string{"ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}

// ParseToken takes a token apart in Envoy's order of checks (envoy: source/common/jwt/jwt.cc).
func ParseToken(raw string) (*Token, Status) {
	parts := slices.DeleteFunc(strings.Split(raw, "."), func(p string) bool { return p == "" })
	if strings.Count(raw, ".") != 2 || len(parts) != 3 {
		return nil, BadFormat
	}
	t := &Token{raw: raw}
	if s := t.header(parts[0]); s != OK {
		return nil, s
	}
	if s := t.payload(parts[1]); s != OK {
		return nil, s
	}
	sig, ok := decode64(parts[2])
	if !ok {
		return nil, SignatureBase64
	}
	t.signature = sig
	return t, OK
}

func (t *Token) header(part string) Status {
	data, ok := decode64(part)
	if !ok {
		return HeaderBase64
	}
	h, ok := object(data)
	if !ok {
		return HeaderJSON
	}
	if t.Alg, ok = h["alg"].(string); !ok {
		return HeaderAlg
	}
	if !slices.Contains(algorithms, t.Alg) {
		return AlgUnsupported
	}
	if kid, has := h["kid"]; has {
		if t.Kid, ok = kid.(string); !ok {
			return HeaderKid
		}
	}
	return OK
}

func (t *Token) payload(part string) Status {
	data, ok := decode64(part)
	if !ok {
		return PayloadBase64
	}
	if t.Claims, ok = object(data); !ok {
		return PayloadJSON
	}
	var jti string
	var iat uint64
	for _, s := range []Status{
		t.text("iss", &t.Issuer), t.text("sub", &t.Subject), t.time("iat", &iat), t.time("nbf", &t.From),
		t.time("exp", &t.NotAfter), t.text("jti", &jti), t.audience(),
	} {
		if s != OK {
			return s
		}
	}
	return OK
}

func (t *Token) text(claim string, into *string) Status {
	v, has := t.Claims[claim]
	if !has {
		return OK
	}
	s, ok := v.(string)
	if !ok {
		return Status("Jwt payload [" + claim + "] field is not a string")
	}
	*into = s
	return OK
}

// time reads a number of seconds; a fraction is cut.
func (t *Token) time(claim string, into *uint64) Status {
	v, has := t.Claims[claim]
	if !has {
		return OK
	}
	n, ok := v.(float64)
	switch {
	case !ok:
		return Status("Jwt payload [" + claim + "] field is not an integer")
	case n < 0 || n >= math.MaxUint64:
		return Status("Jwt payload [" + claim + "] field is not a positive 64 bit integer")
	}
	*into = uint64(n)
	return OK
}

func (t *Token) audience() Status {
	switch v := t.Claims["aud"].(type) {
	case string:
		t.Audience = []string{v}
	case []any:
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return PayloadAud
			}
			t.Audience = append(t.Audience, s)
		}
	default:
		if _, has := t.Claims["aud"]; has {
			return PayloadAud
		}
	}
	return OK
}
