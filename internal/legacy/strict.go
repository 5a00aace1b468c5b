package legacy

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
)

// decode reads a spec into one of the messages of this package. Every key must be a field, in either of the spellings that Istio
// took (jwksUri, jwks_uri); the error names the path and what would be right.
func decode(spec any, into any) error {
	v, err := check("spec", spec, reflect.TypeOf(into).Elem(), "")
	if err != nil || v == nil {
		return err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("spec: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("spec: %w", err)
	}
	return nil
}

// check compares a value with a type and returns it with its keys in their usual spelling.
func check(path string, v any, t reflect.Type, tag reflect.StructTag) (any, error) {
	if t.Kind() == reflect.Pointer {
		if v == nil && tag.Get("present") != "" {
			return map[string]any{}, nil
		}
		t = t.Elem()
	}
	if v == nil {
		return nil, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkStruct(path, v, t)
	case reflect.Slice:
		items, ok := v.([]any)
		if !ok {
			return nil, want(path, "a list", v)
		}
		out := make([]any, len(items))
		for i, item := range items {
			var err error
			at := fmt.Sprintf("%s[%d]", path, i)
			if item == nil {
				return nil, fmt.Errorf("%s: is empty; fill it or take it out", at)
			}
			if out[i], err = check(at, item, t.Elem(), ""); err != nil {
				return nil, err
			}
		}
		return out, nil
	case reflect.Map:
		return checkMap(path, v)
	}
	return v, checkScalar(path, v, t.Kind(), strings.Fields(tag.Get("enum")))
}

func checkStruct(path string, v any, t reflect.Type) (any, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, want(path, "an object", v)
	}
	out := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		f, names, ok := field(t, camel(key))
		if !ok {
			return nil, fmt.Errorf("unknown field %s.%s%s", path, key, suggest.Hint(key, names))
		}
		name := f.Tag.Get("json")
		if _, again := out[name]; again {
			return nil, fmt.Errorf("%s.%s: is there twice, as %s and as %s", path, name, name, key)
		}
		value, err := check(path+"."+key, fields[key], f.Type, f.Tag)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

func checkMap(path string, v any) (any, error) {
	values, ok := v.(map[string]any)
	if !ok {
		return nil, want(path, "an object", v)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if _, ok := values[key].(string); !ok {
			return nil, want(path+"["+key+"]", "a string", values[key])
		}
	}
	return values, nil
}

func checkScalar(path string, v any, kind reflect.Kind, enum []string) error {
	switch kind {
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return want(path, "a string", v)
		}
		if len(enum) > 0 && !slices.Contains(enum, s) {
			return fmt.Errorf("%s: %q is not one of %s", path, s, strings.Join(enum, ", "))
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return want(path, "true or false", v)
		}
	default:
		// The only numbers of the old kinds are ports.
		if n, ok := number(v); !ok || n != math.Trunc(n) || n < 0 || n > 65535 {
			return want(path, "a port (0 to 65535)", v)
		}
	}
	return nil
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}

func field(t reflect.Type, name string) (f reflect.StructField, names []string, ok bool) {
	for f := range t.Fields() {
		names = append(names, f.Tag.Get("json"))
		if f.Tag.Get("json") == name {
			return f, names, true
		}
	}
	return f, names, false
}

// camel spells a field's name as JSON does: not_paths becomes notPaths.
func camel(s string) string {
	parts := strings.Split(s, "_")
	for i := 1; i < len(parts); i++ {
		if parts[i] != "" {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
	}
	return strings.Join(parts, "")
}

func want(path, what string, got any) error {
	switch v := got.(type) {
	case nil:
		return fmt.Errorf("%s: want %s, got nothing", path, what)
	case map[string]any:
		return fmt.Errorf("%s: want %s, got an object", path, what)
	case []any:
		return fmt.Errorf("%s: want %s, got a list", path, what)
	case string:
		return fmt.Errorf("%s: want %s, got the string %q", path, what, v)
	}
	return fmt.Errorf("%s: want %s, got %v", path, what, got)
}
