package explain

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// redacted stands for what is not shown.
const redacted = redact.Mark

// redactor hides the request's secrets in what is told of it.
type redactor struct{ redact.Redactor }

// args hides secrets in what a sentence is filled with.
func (r *redactor) args(list []string) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = r.Text(f)
	}
	return out
}

// compared finds the header or the parameter that a route compares, at the end of the field.
var compared = regexp.MustCompile(`(headers|queryParams|withoutHeaders)\[(.*)\]$`)

// place tells what a comparison is about: the sort of place, and the names that lead to it. VirtualServices name claims as headers
// (istio: VirtualService, HTTPMatchRequest.headers, "@request.auth.claims").
func place(key string) (sort string, names []string) {
	if a, names, _ := rbac.ByKey(key); a != nil {
		switch a.Secret {
		case rbac.ClaimNamed:
			return "claims", names
		case rbac.HeaderNamed:
			return "headers", names
		}
		return "", nil
	}
	if !strings.HasSuffix(key, "]") {
		return "", nil
	}
	m := compared.FindStringSubmatch(key)
	if m == nil {
		return "", nil
	}
	const claims = "@request.auth.claims"
	switch {
	case len(m[2]) > len(claims) && strings.EqualFold(m[2][:len(claims)], claims):
		return "claims", strings.FieldsFunc(m[2][len(claims):], func(c rune) bool { return strings.ContainsRune(".[]", c) })
	}
	return strings.TrimPrefix(strings.ToLower(m[1]), "without"), []string{m[2]}
}

// got hides what a comparison had from the request.
func (r *redactor) got(key, got string) string {
	sort, names := place(key)
	switch {
	case got == "":
		return ""
	case sort == "claims":
		return r.Claim(names, got)
	case sort == "queryparams":
		return r.Parameter(names[0], got)
	case sort == "headers":
		return r.Header(names[0], got)
	}
	return r.Text(got)
}

// wanted hides what a rule wants of a header or a parameter that carries secrets.
func (r *redactor) wanted(key, want string) string {
	if sort, names := place(key); sort == "headers" || sort == "queryparams" {
		return r.Wanted(names[0], want)
	}
	return r.Text(want)
}

// report hides secrets in every text of an explanation, whoever wrote it. References to objects are no texts: no request names them.
func (r *redactor) report(e *Explanation) {
	r.texts(reflect.ValueOf(e).Elem())
}

// asItIs are the types that hold no texts of a request, or that have been gone through as they were made.
var asItIs = []reflect.Type{reflect.TypeFor[mesh.Ref](), reflect.TypeFor[Token](), reflect.TypeFor[Inputs](), reflect.TypeFor[flow.Party]()}

func (r *redactor) texts(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		// Words of the contract have types of their own.
		if v.Type() != reflect.TypeFor[string]() {
			return
		}
		if s := v.String(); s != "" {
			if t := r.Text(s); t != s {
				v.SetString(t)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() && !slices.Contains(asItIs, v.Type().Elem()) {
			r.texts(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && !slices.Contains(asItIs, f.Type()) {
				r.texts(f)
			}
		}
	case reflect.Slice:
		r.slice(v)
	}
}

// slice goes through a copy: what the walk found is read by others.
func (r *redactor) slice(v reflect.Value) {
	switch v.Type().Elem().Kind() {
	case reflect.String, reflect.Struct, reflect.Pointer:
	default:
		return
	}
	if v.IsNil() || slices.Contains(asItIs, v.Type().Elem()) {
		return
	}
	own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(own, v)
	for i := range own.Len() {
		r.texts(own.Index(i))
	}
	v.Set(own)
}
