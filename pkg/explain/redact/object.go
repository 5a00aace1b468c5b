package redact

import (
	"regexp"
	"strings"
)

// comparing finds the keys of conditions that look at a header by its name (istio: AuthorizationPolicy, Condition.key).
var comparing = regexp.MustCompile(`^(?:request\.headers|experimental\.envoy\.filters\.[^\[]+)\[([^\]]+)\]$`)

// carrying are the fields that hold headers and parameters by their names (istio: VirtualService, HTTPMatchRequest and Headers).
var carrying = map[string]bool{"set": true, "add": true, "headers": true, "withoutHeaders": true, "queryParams": true}

// InObject reports whether an object, as JSON decodes it, holds the value of a header, a parameter or a cookie that carries secrets, or a text that looks like one:
// what is written of the object would tell it.
func (r *Redactor) InObject(v any) bool { return r.in("", v) }

func (r *Redactor) in(field string, v any) bool {
	switch x := v.(type) {
	case string:
		return r.Text(x) != x
	case []any:
		for _, y := range x {
			if r.in(field, y) {
				return true
			}
		}
	case map[string]any:
		if r.pairs(x) {
			return true
		}
		for k, y := range x {
			claim := strings.HasPrefix(k, "@request.auth.") // no header
			if carrying[field] && !claim && r.Secret(k) && says(y) || r.in(k, y) {
				return true
			}
		}
	}
	return false
}

// pairs looks at a name and what stands beside it.
func (r *Redactor) pairs(x map[string]any) bool {
	name, _ := x["name"].(string)
	if r.Secret(name) && says(x["value"]) {
		return true
	}
	key, _ := x["key"].(string)
	m := comparing.FindStringSubmatch(key)
	return m != nil && r.Secret(m[1]) && (says(x["values"]) || says(x["notValues"]))
}

// says reports whether a value holds a text that is more than a wildcard or a scheme.
func says(v any) bool {
	switch x := v.(type) {
	case string:
		s := strings.Trim(x, "*")
		return len(s[len(scheme.FindString(s)):]) > 3
	case []any:
		for _, y := range x {
			if says(y) {
				return true
			}
		}
	case map[string]any:
		for _, y := range x {
			if says(y) {
				return true
			}
		}
	}
	return false
}
