// Package message reads Envoy's configuration as patches write it: protobuf messages in their JSON form, with field names in either
// spelling, types named by URL, and Istio's way of merging them.
package message

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
)

// Message is a message of Envoy's API in its JSON form. Fields are asked for by their names in the API, in_snake_case; the JSON mapping of
// protobuf takes lowerCamelCase too, and so does every method here. The nil Message has no fields.
type Message map[string]any

// Of returns the message that a patch writes; nil for none.
func Of(s *structpb.Struct) Message {
	if s == nil {
		return nil
	}
	return s.AsMap()
}

// Get returns the value of a field, or nil where it is not given. null counts as not given.
func (m Message) Get(field string) any {
	if v, ok := m[field]; ok {
		return v
	}
	return m[camel(field)]
}

// Has reports whether a field is given.
func (m Message) Has(field string) bool { return m.Get(field) != nil }

// At returns the message at a path of fields; nil where any of them is missing or is no message.
func (m Message) At(path ...string) Message {
	for _, field := range path {
		m, _ = m.Get(field).(map[string]any)
	}
	return m
}

// List returns the messages of a repeated field.
func (m Message) List(field string) []Message {
	list, _ := m.Get(field).([]any)
	var out []Message
	for _, x := range list {
		if y, ok := x.(map[string]any); ok {
			out = append(out, y)
		}
	}
	return out
}

// Text returns a field of text, or the name of an enumeration's value.
func (m Message) Text(field string) string {
	s, _ := m.Get(field).(string)
	return s
}

// Texts returns a repeated field of texts.
func (m Message) Texts(field string) []string {
	list, _ := m.Get(field).([]any)
	var out []string
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Number returns a number; ok is false where it is not given or is none. JSON writes 64-bit numbers as texts.
func (m Message) Number(field string) (n float64, ok bool) {
	switch x := m.Get(field).(type) {
	case float64:
		return x, true
	case string:
		n, err := strconv.ParseFloat(x, 64)
		return n, err == nil
	}
	return 0, false
}

// Flag reports whether a boolean field is true.
func (m Message) Flag(field string) bool {
	b, _ := m.Get(field).(bool)
	return b
}

// Duration returns a field such as "1.5s"; ok is false where it is not given or is none.
func (m Message) Duration(field string) (d time.Duration, ok bool) {
	s, ok := m.Get(field).(string)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

// Fields lists the names of the fields that are given, in_snake_case and sorted, without "@type".
func (m Message) Fields() []string {
	var out []string
	for k, v := range m {
		if k != "@type" && v != nil {
			out = append(out, snake(k))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Entries lists the keys of a field that is a map, sorted. Keys are no names of fields and are given as they are written.
func (m Message) Entries(field string) []string {
	return slices.Sorted(maps.Keys(m.At(field)))
}

// camel is the JSON name of a field of protobuf.
func camel(field string) string {
	if !strings.Contains(field, "_") {
		return field
	}
	var b strings.Builder
	up := false
	for _, r := range field {
		switch {
		case r == '_':
			up = true
			continue
		case up && 'a' <= r && r <= 'z':
			r -= 'a' - 'A'
		}
		up = false
		b.WriteRune(r)
	}
	return b.String()
}

// snake is the field of protobuf that has a JSON name.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if 'A' <= r && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
