package dump

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// privateParts of a key are known to its owner alone (RFC 7518, section 6; RFC 8037).
var privateParts = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}

// keySet leaves of a key set what everybody may know. The key of a symmetric algorithm is nothing but a secret; one of zeros takes its
// place, so that the set has as many keys as before. What is no JSON is no key set to the proxy either, and goes as a whole.
func (d *dump) keySet(text string) string {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || !json.Valid([]byte(text)) { // that nothing comes behind it too
		return hidden
	}
	d.publish(v)
	out, err := json.Marshal(v)
	if err != nil {
		return hidden
	}
	return string(out)
}

// hasSymmetric tells whether a key set is written with other keys than it has.
func hasSymmetric(text string) bool {
	var d dump
	d.keySet(text)
	return d.keys > 0
}

// publish drops the secret parts of all keys. Names of fields count in any case, as some readers of JSON take them.
func (d *dump) publish(v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			d.publish(y)
		}
	case tree:
		symmetric := false
		for k, y := range x {
			kty, _ := y.(string)
			symmetric = symmetric || strings.EqualFold(k, "kty") && strings.EqualFold(kty, "oct")
		}
		for k, y := range x {
			switch lower := strings.ToLower(k); {
			case lower == "k":
				x[k] = d.blank(y, symmetric)
			case slices.Contains(privateParts, lower):
				delete(x, k)
			default:
				d.publish(y)
			}
		}
	}
}

// blank is a key of zeros, as long as the one that it stands for; one that does not decode is replaced by one that does not either.
func (d *dump) blank(v any, counts bool) any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if counts {
		d.keys++
	}
	if _, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "=")); err != nil {
		return hidden + "!"
	}
	return strings.Repeat("A", len(s))
}
