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

	"github.com/mesh-why/mesh-why/internal/suggest"
)

// checkFields compares the spec of an Istio object with its message: every key must be a field, every enumeration's text one of its
// values. The error names the path, and the nearest name that would be right.
func checkFields(raw []byte, o metav1.Object) error {
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		if !slices.Contains(topFields, name) {
			return fmt.Errorf("unknown field %s%s", name, suggest.Hint(name, topFields))
		}
	}
	if doc["spec"] == nil {
		return nil
	}
	spec := reflect.ValueOf(o).Elem().FieldByName("Spec").Addr().Interface()
	m, ok := spec.(proto.Message)
	if !ok {
		return fmt.Errorf("kind without a schema")
	}
	return checkMessage("spec", doc["spec"], m.ProtoReflect().Descriptor())
}

var topFields = []string{"apiVersion", "kind", "metadata", "spec", "status"}

func checkMessage(path string, v any, m protoreflect.MessageDescriptor) error {
	if strings.HasPrefix(string(m.FullName()), "google.protobuf.") {
		return checkWellKnown(path, v, m)
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: want an object, got %s", path, describe(v))
	}
	chosen := map[protoreflect.FullName]string{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := m.Fields().ByJSONName(name)
		if f == nil {
			f = m.Fields().ByTextName(name)
		}
		if f == nil {
			return fmt.Errorf("unknown field %s.%s%s", path, name, suggest.Hint(name, fieldNames(m)))
		}
		if err := checkField(path+"."+name, fields[name], f); err != nil {
			return err
		}
		if one := f.ContainingOneof(); one != nil && fields[name] != nil {
			if other, taken := chosen[one.FullName()]; taken {
				return fmt.Errorf("%s: %s and %s cannot be used together", path, other, name)
			}
			chosen[one.FullName()] = name
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
			if err := checkKey(path, k, f.MapKey()); err != nil {
				return err
			}
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

func fieldNames(m protoreflect.MessageDescriptor) []string {
	var names []string
	for i := range m.Fields().Len() {
		names = append(names, m.Fields().Get(i).JSONName())
	}
	return names
}
