package jwtauthn

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// decode64 decodes base64url as Envoy does: blanks do not count, and padding is either missing or complete
// (absl: strings/escaping.cc, WebSafeBase64Unescape).
func decode64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\v\f\r", r) {
			return -1
		}
		return r
	}, s)
	bare := strings.TrimRight(s, "=")
	if pad := len(s) - len(bare); pad > 0 && (pad > 2 || len(s)%4 != 0) {
		return nil, false
	}
	data, err := base64.RawURLEncoding.DecodeString(bare)
	return data, err == nil
}

func object(data []byte) (map[string]any, bool) {
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil || m == nil || repeats(json.NewDecoder(bytes.NewReader(data))) {
		return nil, false
	}
	return m, true
}

// repeats reports whether the next value of well-formed JSON has a key twice in one object, at any depth; Envoy's parser takes no such text.
func repeats(dec *json.Decoder) bool {
	open, _ := dec.Token()
	kind, nested := open.(json.Delim)
	if !nested {
		return false
	}
	seen := map[string]bool{}
	for dec.More() {
		if kind == '{' {
			name, _ := dec.Token()
			key, _ := name.(string)
			if seen[key] {
				return true
			}
			seen[key] = true
		}
		if repeats(dec) {
			return true
		}
	}
	_, _ = dec.Token()
	return false
}

// CheckTimes compares the token's times with a clock.
func (t *Token) CheckTimes(now time.Time) Status {
	skew := uint64(clockSkew / time.Second)
	at := uint64(max(0, now.Unix()))
	switch {
	case at+skew < t.From:
		return NotYetValid
	case t.NotAfter != 0 && at > t.NotAfter+skew:
		return Expired
	}
	return OK
}

// CheckAudience wants one of the audiences, if there are any. Both sides are compared without their scheme and a slash at the end.
func (t *Token) CheckAudience(allowed []string) Status {
	if len(allowed) == 0 {
		return OK
	}
	for _, a := range t.Audience {
		for _, b := range allowed {
			if bareAudience(a) == bareAudience(b) {
				return OK
			}
		}
	}
	return AudienceRefused
}

func bareAudience(s string) string {
	if rest, ok := strings.CutPrefix(s, "https://"); ok {
		s = rest
	} else if rest, ok := strings.CutPrefix(s, "http://"); ok {
		s = rest
	}
	return strings.TrimSuffix(s, "/")
}

// Payload is the token's middle part as it came, without padding.
func (t *Token) Payload() string {
	return strings.TrimRight(strings.Split(t.raw, ".")[1], "=")
}

// ClaimHeader is the text that a claim becomes in a header, if it becomes one: dots in the name go into objects; what is missing, null or
// an empty string gives none (envoy: jwt_authn/authenticator.cc, addJWTClaimToHeader).
func ClaimHeader(claims map[string]any, name string) (string, bool) {
	var v any = claims
	for _, part := range strings.Split(name, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return "", false
		}
		if v, ok = m[part]; !ok {
			return "", false
		}
	}
	switch x := v.(type) {
	case string:
		return x, x != ""
	case bool:
		return strconv.FormatBool(x), true
	case float64:
		if x >= 0 && x == math.Trunc(x) {
			return strconv.FormatFloat(x, 'f', 0, 64), true
		}
		return strconv.FormatFloat(x, 'f', 6, 64), true
	case nil:
		return "", false
	}
	text, err := json.Marshal(v)
	return base64.StdEncoding.EncodeToString(text), err == nil
}

// Expiry is when the token expires; ok is false for one that does not say.
func (t *Token) Expiry() (when time.Time, ok bool) {
	return time.Unix(int64(t.NotAfter), 0).UTC(), t.NotAfter != 0 && t.NotAfter < 1<<40
}
