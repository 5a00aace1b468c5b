package ruletest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Keys is the key set whose key signs the tokens of archives: that of RFC 8037, appendix A.
const Keys = `{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`

// seed is the secret part of the key, which everybody knows.
const seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"

// Sign makes a token of a payload, or of a header and a payload.
func Sign(data []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	var parts []json.RawMessage
	for d.More() {
		var part json.RawMessage
		if err := d.Decode(&part); err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	switch len(parts) {
	case 1:
		parts = append([]json.RawMessage{json.RawMessage(`{"alg":"EdDSA"}`)}, parts...)
	case 2:
	default:
		return "", fmt.Errorf("want a payload, or a header and a payload")
	}
	secret, err := base64.RawURLEncoding.DecodeString(seed)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(parts[0]) + "." + encode(parts[1])
	return signed + "." + encode(ed25519.Sign(ed25519.NewKeyFromSeed(secret), []byte(signed))), nil
}
