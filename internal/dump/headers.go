package dump

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// comparing finds the keys of conditions that look at something by its name: request.headers[x], experimental.envoy.filters.a.b[x]. Claims of a token
// are none of them: what a rule wants of one is part of the rule.
var comparing = regexp.MustCompile(`^(?:request\.headers|experimental\.envoy\.filters\.[^\[]+)\[([^\]]+)\]$`)

// carries are the fields that hold headers or parameters by their names (VirtualService: http.match and http.headers), and whether they set them.
var carries = map[string]bool{"set": true, "add": true, "headers": false, "withoutHeaders": false, "queryParams": false}

// labelled are the fields that hold labels, or select by them.
var labelled = map[string]bool{"labels": true, "matchLabels": true, "selector": true}

// places hides what stands where secrets stand: the values of headers, parameters and cookies that carry them, in what sets them and in what
// compares them, and of labels with such names.
func (d *dump) places(name string, v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			d.places(name, y)
		}
	case tree:
		sets, of := carries[name]
		d.pair(x, sets)
		for _, k := range slices.Sorted(maps.Keys(x)) {
			switch s, isText := x[k].(string); {
			case of && d.names.Secret(k) && !strings.HasPrefix(k, "@request.auth."): // claims are no headers
				x[k] = d.value(k, x[k], sets)
			case labelled[name] && isText && secretLabel(k):
				x[k] = d.secret(labelValues, s)
			default:
				d.places(k, x[k])
			}
		}
	}
}

// secretLabel reports whether a label may carry a secret. Those of Istio and Kubernetes do not.
func secretLabel(key string) bool {
	domain, name, qualified := strings.Cut(key, "/")
	if !qualified {
		return redact.SecretName(key)
	}
	return !strings.HasSuffix(domain, "istio.io") && !strings.HasSuffix(domain, "kubernetes.io") && !strings.HasSuffix(domain, "k8s.io") && redact.SecretName(name)
}

// value hides a header's value: a text, or a comparison with one.
func (d *dump) value(name string, v any, sets bool) any {
	switch x := v.(type) {
	case string:
		return d.headerValue(name, x, sets)
	case tree:
		for _, form := range []string{"exact", "prefix"} {
			if s, ok := x[form].(string); ok {
				x[form] = d.headerValue(name, s, sets)
			}
		}
		if s, ok := x["regex"].(string); ok {
			x["regex"] = d.expression(name, s)
		}
	}
	return v
}

// headerValue hides the value of a header that carries a secret. Of cookies that a rule compares those stay whose names tell of none: they send
// testers elsewhere.
func (d *dump) headerValue(name, s string, sets bool) string {
	if sets || !isCookie(name) {
		return d.secret(headerValues, s)
	}
	return d.cookies(s)
}

func isCookie(name string) bool {
	return strings.EqualFold(name, "cookie") || strings.EqualFold(name, "set-cookie")
}

var oneCookie = regexp.MustCompile(`([^=;\s]+)=([^;]*)`)

func (d *dump) cookies(s string) string {
	return oneCookie.ReplaceAllStringFunc(s, func(found string) string {
		name, value, _ := strings.Cut(found, "=")
		if !d.names.Secret(name) && !redact.MayBeToken(value) {
			return found
		}
		return name + "=" + d.secret(cookieValues, value)
	})
}

var (
	// cookieIn finds the names of cookies in a regular expression, and longWord what may be a value.
	cookieIn = regexp.MustCompile(`([A-Za-z0-9_.-]+)=`)
	longWord = regexp.MustCompile(`[A-Za-z0-9_/+-]{10,}`)
	// anything are expressions that hold no value.
	anything = regexp.MustCompile(`^[.*+?^$()|\[\]{}\\A-Za-z0-9,-]{0,3}$|^(?i:\^?bearer|basic)[ \\s]*[.*+]*\$?$`)
)

// expression hides a regular expression that may tell of a value; one that only asks for a form, as Bearer .+ does, stays.
func (d *dump) expression(name, s string) string {
	if isCookie(name) {
		for _, m := range cookieIn.FindAllStringSubmatch(s, -1) {
			if d.names.Secret(m[1]) {
				return d.whole(cookieValues, s)
			}
		}
		if !longWord.MatchString(s) {
			return s
		}
		return d.whole(cookieValues, s)
	}
	if anything.MatchString(s) {
		return s
	}
	return d.whole(headerValues, s)
}

// pair hides what has its name beside it: headers and parameters in routes of the Gateway API and in the mesh config, the conditions of an
// AuthorizationPolicy, and expressions over labels.
func (d *dump) pair(t tree, sets bool) {
	name, _ := t["name"].(string)
	if s, ok := t["value"].(string); ok && d.names.Secret(name) {
		if t["type"] == "RegularExpression" {
			t["value"] = d.expression(name, s)
		} else {
			t["value"] = d.headerValue(name, s, sets)
		}
	}
	key, _ := t["key"].(string)
	m := comparing.FindStringSubmatch(key)
	secret := m != nil && d.names.Secret(m[1])
	label := m == nil && t["operator"] != nil && secretLabel(key)
	for _, field := range []string{"values", "notValues"} {
		list, _ := t[field].([]any)
		for i, x := range list {
			s, ok := x.(string)
			switch {
			case ok && secret:
				list[i] = d.headerValue(m[1], s, false)
			case ok && label:
				list[i] = d.secret(labelValues, s)
			}
		}
	}
}
