package dump

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hidden stands for a secret of which nothing needs to stay.
const hidden = "redacted"

// secretNames are parts of the names of headers, parameters and settings that carry secrets. Cookies and sessions are none of them: rules
// compare them to send the requests of testers elsewhere.
var secretNames = []string{"authorization", "token", "secret", "password", "passwd", "apikey", "credential", "privatekey", "accesskey", "signature"}

func secretName(name string) bool {
	bare := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	return slices.ContainsFunc(secretNames, func(s string) bool { return strings.Contains(bare, s) })
}

var (
	userName = regexp.MustCompile(`(User )"(?:[^"\\]|\\.)*"`)
	// tokenLike finds what could be a token: its first part begins with { in base64url, mostly with {".
	tokenLike = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*(?:\.[A-Za-z0-9_=-]*)?|e[wy][A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]*`)
	comparing = regexp.MustCompile(`^request\.headers\[([^\]]+)\]$`)
	schemes   = regexp.MustCompile(`(?i)^(?:bearer|basic|digest|dpop|apikey|token) `)
)

// isToken tells a token by its first part, which is a JSON object in base64url.
func isToken(s string) bool {
	if strings.HasPrefix(s, "eyJ") {
		return true
	}
	first, _, _ := strings.Cut(s, ".")
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(first, "="))
	var header map[string]json.RawMessage
	return err == nil && json.Unmarshal(data, &header) == nil
}

// standsFor finds what [placeholder] makes.
var standsFor = regexp.MustCompile(`^` + hidden + `-[0-9]+$`)

func placeholder(n int) string { return hidden + "-" + strconv.Itoa(n) }

// shortest is how long a text must be to be a secret.
const shortest = 4

// secret is what stands for a secret: the same for equal ones, so that rules that compare them go on to do so. Stars at the ends and the
// scheme of the header authorization stay.
func (d *dump) secret(s string) string {
	core := strings.TrimPrefix(strings.TrimSuffix(s, "*"), "*")
	core = core[len(schemes.FindString(core)):]
	if len(core) < shortest {
		return s
	}
	if d.secrets[core] == "" {
		d.secrets[core] = placeholder(len(d.secrets) + 1)
		if standsFor.MatchString(core) { // written before
			d.secrets[core] = core
		}
	}
	i := strings.Index(s, core)
	return s[:i] + d.secrets[core] + s[i+len(core):]
}

// hide takes the secrets out of an object.
func (d *dump) hide(t tree) {
	if t["kind"] == "EnvoyFilter" {
		for _, p := range objects(object(t, "spec"), "configPatches") {
			settings(object(object(p, "patch"), "value"))
		}
	}
	if t["kind"] == "ProxyConfig" {
		spec := object(t, "spec")
		if keepVariables(object(spec, "environmentVariables")); len(object(spec, "environmentVariables")) == 0 {
			delete(spec, "environmentVariables")
		}
	}
	if data := object(t, "data"); t["kind"] == "ConfigMap" {
		if text, ok := data["mesh"].(string); ok {
			data["mesh"] = config(text)
		}
	}
	annotations := object(object(t, "metadata"), "annotations")
	if text, ok := annotations["proxy.istio.io/config"].(string); ok {
		annotations["proxy.istio.io/config"] = config(text)
	}
	d.places("", t)
	d.texts("", t)
}

// places hides what stands where secrets stand: the values of headers and parameters that carry them, in what sets them and in what
// compares them. Regular expressions stay.
func (d *dump) places(name string, v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			d.places(name, y)
		}
	case tree:
		d.pair(x)
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if carries[name] && secretName(k) {
				x[k] = d.value(x[k])
				continue
			}
			d.places(k, x[k])
		}
	}
}

// carries are the fields that hold headers or parameters by their names (VirtualService: http.match and http.headers).
var carries = map[string]bool{"set": true, "add": true, "headers": true, "withoutHeaders": true, "queryParams": true}

// value hides a header's value: a text, or a comparison with one.
func (d *dump) value(v any) any {
	switch x := v.(type) {
	case string:
		return d.secret(x)
	case tree:
		for _, form := range []string{"exact", "prefix"} {
			if s, ok := x[form].(string); ok {
				x[form] = d.secret(s)
			}
		}
	}
	return v
}

// pair hides what has its name beside it: headers in routes of the Gateway API and in the mesh config, environment variables, and the
// conditions of an AuthorizationPolicy.
func (d *dump) pair(t tree) {
	name, _ := t["name"].(string)
	if s, ok := t["value"].(string); ok && secretName(name) && t["type"] != "RegularExpression" {
		t["value"] = d.secret(s)
	}
	key, _ := t["key"].(string)
	if m := comparing.FindStringSubmatch(key); m == nil || !secretName(m[1]) {
		return
	}
	for _, field := range []string{"values", "notValues"} {
		list, _ := t[field].([]any)
		for i, x := range list {
			if s, ok := x.(string); ok {
				list[i] = d.secret(s)
			}
		}
	}
}

// texts hides keys and tokens wherever they stand.
func (d *dump) texts(name string, v any) any {
	switch x := v.(type) {
	case tree:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			y := x[k]
			delete(x, k)
			x[d.tokens(k)] = d.texts(k, y)
		}
	case []any:
		for i, y := range x {
			x[i] = d.texts(name, y)
		}
	case string:
		if name == "jwks" && x != "" || strings.Contains(x, `"kty"`) {
			x = d.keySet(x)
		}
		return d.tokens(x)
	}
	return v
}

func (d *dump) tokens(s string) string {
	return tokenLike.ReplaceAllStringFunc(s, func(found string) string {
		if !isToken(found) {
			return found
		}
		return d.secret(found)
	})
}
