package dump

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// publicMembers of a key are no secrets (RFC 7517, section 4; RFC 7518, section 6; RFC 8037). All others are left out: the private ones, and those that
// nobody defined.
var publicMembers = []string{"kty", "use", "key_ops", "alg", "kid", "x5u", "x5c", "x5t", "x5t#s256", "crv", "x", "y", "n", "e"}

// keySet leaves of a key set what everybody may know. The key of a symmetric algorithm is nothing but a secret; one of zeros takes its
// place, so that the set has as many keys as before. What is no JSON is no key set to the proxy either, and goes as a whole.
func (d *dump) keySet(text string) string {
	if text == hidden {
		return text
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || !json.Valid([]byte(text)) { // that nothing comes behind it too
		d.leave(keyMembers, 1)
		return hidden
	}
	out, err := json.Marshal(d.public(v))
	if err != nil {
		return hidden
	}
	return string(out)
}

// hasSymmetric reports whether a key set is written with other keys than it has.
func hasSymmetric(text string) bool {
	d := newDump()
	d.keySet(text)
	return d.keys > 0
}

// public is what of a key set is public. Names of fields count in any case, as some readers of JSON take them.
func (d *dump) public(v any) any {
	set, ok := v.(tree)
	if !ok {
		return nil // no key set, before and after
	}
	for k, keys := range set {
		list, isList := keys.([]any)
		switch {
		case !strings.EqualFold(k, "keys"):
			d.leave(keyMembers, 1)
			delete(set, k)
		case !isList:
			set[k] = nil
		}
		for i, key := range list {
			list[i] = d.publicKey(key)
		}
	}
	return set
}

func (d *dump) publicKey(v any) any {
	key, ok := v.(tree)
	if !ok {
		return nil
	}
	symmetric := false
	for k, y := range key {
		kty, _ := y.(string)
		symmetric = symmetric || strings.EqualFold(k, "kty") && strings.EqualFold(kty, "oct")
	}
	for k, y := range key {
		switch lower := strings.ToLower(k); {
		case lower == "k":
			key[k] = d.blank(y, symmetric)
		case !slices.Contains(publicMembers, lower):
			d.leave(keyMembers, 1)
			delete(key, k)
		default:
			key[k] = plainMember(y)
		}
	}
	return key
}

// plainMember is a member of a key: a text, a number, or a list of those. Whatever else is there stays of its type, as it makes the key no key.
func plainMember(v any) any {
	switch x := v.(type) {
	case tree:
		return tree{}
	case []any:
		for i, y := range x {
			x[i] = plainMember(y)
		}
	}
	return v
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
