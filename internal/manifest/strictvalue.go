package manifest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

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
			return fmt.Errorf("%s: %q is not one of %s", path, s, strings.Join(enumNames(f.Enum()), ", "))
		}
	case protoreflect.StringKind:
		if _, ok := v.(string); !ok {
			return fmt.Errorf("%s: want a string, got %s", path, describe(v))
		}
	case protoreflect.BoolKind:
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%s: want true or false, got %s", path, describe(v))
		}
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		if _, ok := v.(float64); !ok {
			return fmt.Errorf("%s: want a number, got %s", path, describe(v))
		}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return checkInteger(path, v, math.MinInt32, math.MaxInt32)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return checkInteger(path, v, 0, math.MaxUint32)
	}
	return nil
}

func checkInteger(path string, v any, least, most float64) error {
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) {
		return fmt.Errorf("%s: want a whole number, got %s", path, describe(v))
	}
	if n < least || n > most {
		return fmt.Errorf("%s: %s is not within %.0f and %.0f", path, describe(v), least, most)
	}
	return nil
}

// checkKey looks at the key of a map, which may have to be a number (portLevelMtls).
func checkKey(path, key string, f protoreflect.FieldDescriptor) error {
	if f.Kind() == protoreflect.StringKind {
		return nil
	}
	if _, err := strconv.ParseUint(key, 10, 32); err != nil {
		return fmt.Errorf("%s: key %q is not a number", path, key)
	}
	return nil
}

// checkWellKnown looks at messages that have a form of their own in JSON. A Struct can hold anything.
func checkWellKnown(path string, v any, m protoreflect.MessageDescriptor) error {
	switch name := m.Name(); {
	case name == "Duration":
		s, ok := v.(string)
		if _, err := time.ParseDuration(s); !ok || err != nil {
			return fmt.Errorf("%s: want a duration such as 5s, got %s", path, describe(v))
		}
	case strings.HasSuffix(string(name), "Value") && name != "Value" && name != "ListValue":
		return checkValue(path, v, m.Fields().ByName("value"))
	}
	return nil
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
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
