package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Redactor hides the secrets of one request. It knows the names of the places where secrets stand in the mesh at hand, beside the usual
// ones, and the values that the request carries there. The zero value knows the usual names alone.
type Redactor struct {
	names   []string // in lower case
	claimed []string // headers into which a proxy copies claims, in lower case
	values  []string // texts that must not appear anywhere, the longest first
	shown   []string // texts that appear in any case
}

// Name takes up the name of a header, a parameter or a cookie that carries a secret in this mesh.
func (r *Redactor) Name(name string) {
	if name != "" {
		r.names = append(r.names, strings.ToLower(name))
	}
}

// Claimed takes up the name of a header into which a proxy copies a claim. Its value is hidden as the claim's is; what a rule wants of it is
// as open as what a rule wants of a claim.
func (r *Redactor) Claimed(name, claim string) {
	if !OpenClaim(claim) {
		r.claimed = append(r.claimed, strings.ToLower(name))
	}
}

// Shows takes up texts that are no secrets, wherever they stand: the names of the parties.
func (r *Redactor) Shows(texts ...string) { r.shown = append(r.shown, texts...) }

// Secret reports whether the value of a header, a parameter or a cookie of this name is hidden.
func (r *Redactor) Secret(name string) bool {
	lower := strings.ToLower(unescaped(name))
	return slices.Contains(r.names, lower) || slices.Contains(r.claimed, lower) || SecretName(name)
}

// Carries takes up a header of the request. What it carries in secret is hidden wherever it appears.
func (r *Redactor) Carries(name, value string) {
	if r.Secret(name) {
		r.add(value)
		for _, word := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(" ;,=\"", c) }) {
			r.add(word)
		}
	}
	for _, found := range Find(value) {
		r.token(found)
	}
}

// Asks takes up the path of the request, with its query.
func (r *Redactor) Asks(path string) {
	for _, m := range pair.FindAllStringSubmatch(path, -1) {
		if !r.Secret(m[2]) {
			r.Asks(m[3])
			continue
		}
		r.add(m[3])
		for _, found := range Find(unescaped(m[3])) {
			r.token(found)
		}
	}
}

// token takes up a token: its parts, and the values of all claims that are not open. A proxy may copy them into headers.
func (r *Redactor) token(s string) {
	r.add(s)
	parts := strings.Split(s, ".")
	for _, p := range parts {
		r.add(p)
	}
	var claims map[string]any
	if len(parts) < 2 {
		return
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return
	}
	for name, v := range claims {
		if !OpenClaim(name) {
			r.leaves(v)
		}
	}
}

func (r *Redactor) leaves(v any) {
	switch v := v.(type) {
	case string:
		r.add(v)
	case []any:
		for _, x := range v {
			r.leaves(x)
		}
	case map[string]any:
		for _, x := range v {
			r.leaves(x)
		}
	}
}

// add takes up a value, as it is and without percent-encoding. What is too short to be a secret would only make holes into other texts,
// and so would what is no secret elsewhere.
func (r *Redactor) add(s string) {
	const short = 8
	for _, v := range []string{s, unescaped(s)} {
		if len(v) < short || slices.Contains(r.values, v) || slices.ContainsFunc(r.shown, func(t string) bool { return strings.Contains(t, v) }) {
			continue
		}
		r.values = append(r.values, v)
	}
	slices.SortFunc(r.values, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
}

// Text hides secrets within a text: those of the request, and what [Text] finds.
func (r *Redactor) Text(s string) string {
	for _, v := range r.values {
		s = strings.ReplaceAll(s, v, Mark)
	}
	return text(s, r.Secret)
}

// Header is what may be shown of a header's value: of one that carries a secret its scheme alone, of others all but the secrets within it.
func (r *Redactor) Header(name, value string) string {
	begin := scheme.FindString(value)
	if !r.Secret(name) {
		if begin != "" {
			return begin + Mark
		}
		return r.Text(value)
	}
	if value == begin || value == "" {
		return value
	}
	return begin + Mark
}

// Parameter is what may be shown of the value of a query parameter.
func (r *Redactor) Parameter(name, value string) string {
	if value != "" && r.Secret(name) {
		return Mark
	}
	return r.Text(value)
}

// Wanted is what may be shown of the value that a rule wants a header or a parameter to have: of a secret one the scheme, the stars of a
// pattern, and of a regular expression, which begins with ~, what is no long text.
func (r *Redactor) Wanted(name, value string) string {
	if !r.Secret(name) || slices.Contains(r.claimed, strings.ToLower(name)) {
		return r.Text(value)
	}
	if expression, ok := strings.CutPrefix(value, "~"); ok {
		return "~" + literal.ReplaceAllString(expression, Mark)
	}
	core := strings.TrimSuffix(strings.TrimPrefix(value, "*"), "*")
	core = strings.TrimPrefix(core, scheme.FindString(core))
	if strings.TrimSpace(core) == "" {
		return value
	}
	return strings.Replace(value, core, Mark, 1)
}

// literal finds in a regular expression what is long enough to be a secret. Shorter words name a scheme, or a group of testers.
var literal = regexp.MustCompile(`[A-Za-z0-9_/+-]{10,}`)

// Hides takes up texts that are secrets whatever stands before them.
func (r *Redactor) Hides(texts ...string) {
	for _, t := range texts {
		r.add(t)
		for _, found := range Find(t) {
			r.token(found)
		}
	}
}
