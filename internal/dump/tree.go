package dump

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/mesh-why/mesh-why/internal/glyph"
)

// object is a field that holds an object; an empty one where there is none.
func object(t tree, field string) tree {
	if o, ok := t[field].(tree); ok {
		return o
	}
	return tree{}
}

// objects are those of a list.
func objects(t tree, field string) []tree {
	list, _ := t[field].([]any)
	var out []tree
	for _, x := range list {
		if o, ok := x.(tree); ok {
			out = append(out, o)
		}
	}
	return out
}

// only drops all fields but some.
func only(t tree, fields []string) {
	maps.DeleteFunc(t, func(k string, _ any) bool { return !slices.Contains(fields, k) })
}

// encode writes an object as YAML, its fields sorted.
func encode(out *bytes.Buffer, n *yaml.Node) error {
	var doc bytes.Buffer
	enc := yaml.NewEncoder(&doc)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err := out.Write(glyph.EscapeYAML(doc.Bytes())) // whoever reads the file sees what is in it
	return err
}

// inline writes the lists of a node's fields on one line each.
func inline(n *yaml.Node) {
	for _, c := range n.Content {
		switch {
		case c.Kind == yaml.MappingNode:
			inline(c)
		case c.Kind == yaml.SequenceNode && !slices.ContainsFunc(c.Content, func(x *yaml.Node) bool { return x.Kind != yaml.ScalarNode }):
			c.Style = yaml.FlowStyle
		}
	}
}

// yamlNode builds the nodes itself, since the library does not quote everything that its next generation, or its last one, takes for a
// number or a truth value.
func yamlNode(v any) *yaml.Node {
	switch x := v.(type) {
	case tree:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, k := range slices.Sorted(maps.Keys(x)) {
			n.Content = append(n.Content, text(k), yamlNode(x[k]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, y := range x {
			n.Content = append(n.Content, yamlNode(y))
		}
		return n
	case string:
		return text(x)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(x)}
	case json.Number:
		if strings.ContainsAny(x.String(), ".eE") {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: x.String()}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: x.String()}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

// text is a string: bare where nobody takes it for anything else, as lines where it has several, else in quotes.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case bare(s):
	case lined(s) && strings.Contains(s, "\n"):
		n.Style = yaml.LiteralStyle
	case lined(s) && strings.ContainsAny(s, "\"\\"):
		n.Style = yaml.SingleQuotedStyle
	default:
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// plainText begins and goes on with characters that mean nothing in YAML.
var plainText = regexp.MustCompile(`^[A-Za-z/_][A-Za-z0-9/_.@=+-]*(:[A-Za-z0-9/_.@=+-]+)*$`)

// reserved words are no strings in some generation of YAML.
var reserved = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

func bare(s string) bool {
	return plainText.MatchString(s) && !slices.Contains(reserved, strings.ToLower(s))
}

// lined tells a text that reads well as lines, and that no writer or reader of YAML changes then.
func lined(s string) bool {
	return s != "" && !strings.ContainsAny(s[:1], " \t\n") && !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && (glyph.Hides(r) || r == unicode.ReplacementChar) })
}
