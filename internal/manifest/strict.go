package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/near"
)

// checkFields compares the spec of an Istio object with its message: every key must be a field, every enumeration's text one of its
// values. The error names the path, and the nearest name that would be right.
func checkFields(raw []byte, o metav1.Object) error {
	var doc struct {
		Spec any `json:"spec"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return err
	}
	if doc.Spec == nil {
		return nil
	}
	spec := reflect.ValueOf(o).Elem().FieldByName("Spec").Addr().Interface()
	m, ok := spec.(proto.Message)
	if !ok {
		return fmt.Errorf("kind without a schema")
	}
	return checkMessage("spec", doc.Spec, m.ProtoReflect().Descriptor())
}

func checkMessage(path string, v any, m protoreflect.MessageDescriptor) error {
	if strings.HasPrefix(string(m.FullName()), "google.protobuf.") {
		return nil // Duration, Struct, wrappers: JSON forms of their own, checked when they are decoded
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: want an object, got %s", path, describe(v))
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := m.Fields().ByJSONName(name)
		if f == nil {
			f = m.Fields().ByTextName(name)
		}
		if f == nil {
			return fmt.Errorf("unknown field %s.%s%s", path, name, near.Hint(name, fieldNames(m)))
		}
		if err := checkField(path+"."+name, fields[name], f); err != nil {
			return err
		}
	}
	return nil
}

func checkField(path string, v any, f protoreflect.FieldDescriptor) error {
	switch {
	case v == nil:
		return nil
	case f.IsMap():
		values, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: want an object, got %s", path, describe(v))
		}
		for _, k := range slices.Sorted(maps.Keys(values)) {
			if err := checkValue(path+"["+k+"]", values[k], f.MapValue()); err != nil {
				return err
			}
		}
		return nil
	case f.IsList():
		items, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%s: want a list, got %s", path, describe(v))
		}
		for i, item := range items {
			if err := checkValue(fmt.Sprintf("%s[%d]", path, i), item, f); err != nil {
				return err
			}
		}
		return nil
	}
	return checkValue(path, v, f)
}

func checkValue(path string, v any, f protoreflect.FieldDescriptor) error {
	if v == nil {
		return nil
	}
	switch f.Kind() {
	case protoreflect.MessageKind:
		return checkMessage(path, v, f.Message())
	case protoreflect.EnumKind:
		s, ok := v.(string)
		if ok && f.Enum().Values().ByName(protoreflect.Name(s)) == nil {
			names := enumNames(f.Enum())
			return fmt.Errorf("%s: %q is not one of %s", path, s, strings.Join(names, ", "))
		}
	case protoreflect.StringKind:
		if _, ok := v.(string); !ok {
			return fmt.Errorf("%s: want a string, got %s", path, describe(v))
		}
	case protoreflect.BoolKind:
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%s: want true or false, got %s", path, describe(v))
		}
	}
	return nil
}

func fieldNames(m protoreflect.MessageDescriptor) []string {
	var names []string
	for i := range m.Fields().Len() {
		names = append(names, m.Fields().Get(i).JSONName())
	}
	return names
}

func enumNames(e protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range e.Values().Len() {
		names = append(names, string(e.Values().Get(i).Name()))
	}
	return names
}

func describe(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return fmt.Sprintf("the string %q", v)
	}
	return fmt.Sprint(v)
}
