package explain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// nouns are the words for the fields that routes and selections compare. Those of AuthorizationPolicies stand with their attributes.
var nouns = map[string]string{"uri": "path", "method": "method", "authority": "host", "scheme": "scheme", "ready": "ready", "spec.nodeName": "node",
	"issuer": "issuer", "request.auth.audiences": "audience", "audiences": "audiences", "kid": "key", "from": "token"}

var (
	inKey   = regexp.MustCompile(`^(request\.headers|request\.auth\.claims|headers|withoutHeaders|queryParams|metadata\.labels)((?:\[[^\]]*\])+)$`)
	ofRoute = regexp.MustCompile(`(headers|withoutHeaders|queryParams|metadata\.labels)\[.*\]$`)
)

// noun names what a comparison is about, and tells whether it is one of the negated fields.
func noun(c evidence.Check) (name string, not bool) {
	key := c.Key
	if key == "" {
		key = c.Field
		if i := strings.LastIndex(key, "."); i >= 0 && !strings.Contains(key[i:], "]") {
			key = key[i+1:]
		} else if m := ofRoute.FindString(c.Field); m != "" {
			key = m
		}
	} else {
		not = strings.HasSuffix(c.Field, ".notValues")
	}
	if rest, ok := strings.CutPrefix(key, "not"); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
		key, not = strings.ToLower(rest[:1])+rest[1:], true
	}
	if m := inKey.FindStringSubmatch(key); m != nil {
		inner := strings.Trim(strings.ReplaceAll(m[2], "][", "."), "[]")
		switch m[1] {
		case "headers":
			return "header " + inner, not
		case "withoutHeaders":
			return "header " + inner, true
		case "queryParams":
			return "parameter " + inner, not
		case "metadata.labels":
			return "label " + inner, not
		}
		if a, _, _ := rbac.ByKey(key); a != nil {
			return a.Noun + " " + inner, not
		}
	}
	if a, _ := rbac.ByField(key); a != nil {
		return a.Noun, not
	}
	if a, _, _ := rbac.ByKey(key); a != nil && a.Noun != "" && c.Key != "" {
		return a.Noun, not
	}
	if n, ok := nouns[key]; ok {
		return n, not
	}
	return key, not
}

// sentence is a comparison in words.
func (r *redactor) sentence(c evidence.Check) string {
	name, not := noun(c)
	got := r.got(keyOf(c), c.Got)
	if name == "namespace" {
		got = namespaceOf(got)
	}
	want := r.list(keyOf(c), c.Want)
	switch {
	case c.Is.IsUnknown():
		return name + " is unknown (" + label(c, not) + ": " + want + ")"
	case got == "":
		return lacks(c, name) + " (" + label(c, not) + ": " + want + ")"
	case halfOf(c) != "":
		return "the token has no " + halfOf(c) + ", so there is no request principal (" + label(c, not) + ": " + want + ")"
	case not && c.Is == evidence.True:
		return name + " " + got + " is not " + oneOf(want, c)
	case not:
		return name + " " + got + " is excluded (" + label(c, not) + ": " + want + ")"
	case c.Is == evidence.True && (slices.Contains(c.Want, got) || got == redacted):
		return name + " " + got
	case c.Is == evidence.True:
		return name + " " + got + " matches " + r.valueThatMatches(c, want)
	}
	return name + " " + got + " is not " + oneOf(want, c)
}

// halfOf is the claim that a token lacks to have a request principal, which is made of issuer and subject; empty where it has one or there is none.
func halfOf(c evidence.Check) string {
	switch a, _ := rbac.Of(c.Comparison); {
	case a == nil || a.Field != "requestPrincipals" || len(c.Got) < 2:
		return ""
	case strings.HasSuffix(c.Got, "/"):
		return "sub"
	case strings.HasPrefix(c.Got, "/"):
		return "iss"
	}
	return ""
}

// label names what a comparison requires, as the object has it.
func label(c evidence.Check, not bool) string {
	switch {
	case c.Key == "":
		return c.Field[strings.LastIndexByte(c.Field, '.')+1:]
	case not:
		return "notValues of " + c.Key
	}
	return c.Key
}

// lacks says what a request lacks that has nothing to compare.
func lacks(c evidence.Check, name string) string {
	a, _ := rbac.Of(c.Comparison)
	switch {
	case a == nil || !a.Token && a.Sender&rbac.Identity == 0:
		return "no " + name
	case !a.Token:
		return "the caller has no mTLS identity"
	case a.Field == "requestPrincipals":
		return "no valid token with a request principal"
	}
	return "no " + name + " of a valid token"
}

// oneOf puts several values into brackets.
func oneOf(want string, c evidence.Check) string {
	if len(c.Want) > 1 {
		return "in [" + want + "]"
	}
	return want
}

// valueThatMatches is the value that matches, where that can be told from its form, else all of them.
func (r *redactor) valueThatMatches(c evidence.Check, all string) string {
	if len(c.Want) == 1 {
		return all
	}
	for _, w := range c.Want {
		prefix, isPrefix := strings.CutSuffix(w, "*")
		suffix, isSuffix := strings.CutPrefix(w, "*")
		if isPrefix && !strings.ContainsAny(prefix, "*{") && strings.HasPrefix(c.Got, prefix) || isSuffix && !strings.Contains(suffix, "*") && strings.HasSuffix(c.Got, suffix) {
			return r.wanted(keyOf(c), w)
		}
	}
	return "one of [" + all + "]"
}

func keyOf(c evidence.Check) string {
	if c.Key != "" {
		return c.Key
	}
	return c.Field
}

// list joins wanted values; of many the first few.
func (r *redactor) list(key string, values []string) string {
	const few = 3
	var out []string
	for i, v := range values {
		if i == few {
			out = append(out, strconv.Itoa(len(values)-few)+" more")
			break
		}
		if v == "" {
			v = `""`
		}
		out = append(out, r.wanted(key, v))
	}
	return strings.Join(out, ", ")
}

// namespaceOf is the namespace in an identity.
func namespaceOf(identity string) string {
	parts := strings.Split(identity, "/")
	for i := range len(parts) - 1 {
		if parts[i] == "ns" {
			return parts[i+1]
		}
	}
	return identity
}

// differ points at the first character in which two long texts that begin alike differ; empty where they do not.
func differ(want, got string) string {
	n := 0
	for n < len(want) && n < len(got) && want[n] == got[n] {
		n++
	}
	for n > 0 && n < len(got) && !utf8.RuneStart(got[n]) {
		n--
	}
	const alike = 4
	if n < alike || strings.HasPrefix(want, "http") && n < len("https://") || strings.Contains(want, "*") && n >= strings.Index(want, "*") {
		return ""
	}
	if strings.Contains(want, "/ns/") && n < len(got) && want[n-1] == '/' {
		return "" // identities of other names: no typing error
	}
	at := strconv.Itoa(utf8.RuneCountInString(got[:n]) + 1)
	switch {
	case n == len(want) && n == len(got):
		return ""
	case n == len(want):
		return "continues after character " + strconv.Itoa(n) + " with " + strconv.Quote(got[n:])
	case n == len(got):
		return "ends where " + strconv.Quote(want[n:]) + " is expected"
	}
	r, _ := utf8.DecodeRuneInString(got[n:])
	w, _ := utf8.DecodeRuneInString(want[n:])
	return "character " + at + " is " + strconv.Quote(string(r)) + " in place of " + strconv.Quote(string(w))
}
