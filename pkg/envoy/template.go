package envoy

import (
	"regexp"
	"strings"
	"sync"
)

// IsTemplate tells a path value that is a template: it has {*} or {**} in it.
func IsTemplate(value string) bool {
	return strings.Contains(value, "{*}") || strings.Contains(value, "{**}")
}

// characters that one segment of a path may hold where a template stands (envoy: source/extensions/path/uri_template_lib).
const pathChars = `a-zA-Z0-9\-._~%!$&'()+,;:@=*`

// Template is a compiled path template.
type Template struct{ expr *regexp.Regexp }

var templates sync.Map // string -> *Template, nil for those that are none

// ParseTemplate compiles a path template: {*} is one segment that is not empty, {**} any number of them, both must be whole segments;
// {**} stands at most once and no other operator behind it. It is nil for anything else, which makes Envoy refuse the listener.
func ParseTemplate(value string) *Template {
	if t, ok := templates.Load(value); ok {
		return t.(*Template)
	}
	t := compileTemplate(value)
	templates.Store(value, t)
	return t
}

func compileTemplate(value string) *Template {
	// Istio hands {*} on as * and {**} as **, whatever stands around them.
	value = strings.NewReplacer("{**}", "**", "{*}", "*").Replace(value)
	if !strings.HasPrefix(value, "/") {
		return nil
	}
	var expr strings.Builder
	rest := false
	for _, segment := range strings.Split(value[1:], "/") {
		expr.WriteString("/")
		switch {
		case (segment == "*" || segment == "**") && rest:
			return nil
		case segment == "*":
			expr.WriteString("[" + pathChars + "]+")
		case segment == "**":
			expr.WriteString("[" + pathChars + "/]*")
			rest = true
		case strings.ContainsAny(segment, "*{}"):
			return nil
		default:
			expr.WriteString(regexp.QuoteMeta(segment))
		}
	}
	compiled, err := regexp.Compile("^(?:" + expr.String() + ")$")
	if err != nil {
		return nil // not UTF-8
	}
	return &Template{compiled}
}

// Match reports whether a path, without its query, fits the template.
func (t *Template) Match(path string) bool { return t != nil && t.expr.MatchString(path) }
