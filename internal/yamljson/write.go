package yamljson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// jsonWriter writes documents that were measured. Scalars are read as the Kubernetes tools read them, with one difference: a plain scalar that
// only one of the two generations of YAML takes for something else than a string (y, no, 08080) is a string. Aliases are written out,
// duplicate keys are an error.
type jsonWriter struct {
	out  bytes.Buffer
	line int // of the file, before the text's first
}

// errorf is an error that begins with the line where a node stands.
func (w *jsonWriter) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{w.line + n.Line}, args...)...)
}

func (w *jsonWriter) node(n *yaml.Node) error {
	switch n.Kind {
	case yaml.DocumentNode:
		return w.node(n.Content[0])
	case yaml.AliasNode:
		return w.node(n.Alias)
	case yaml.SequenceNode:
		w.out.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				w.out.WriteByte(',')
			}
			if err := w.node(c); err != nil {
				return err
			}
		}
		w.out.WriteByte(']')
		return nil
	case yaml.MappingNode:
		return w.mapping(n)
	}
	return w.scalar(n)
}

// mapping writes an object. Of a merge key (<<) only those fields are taken that the mapping itself does not have.
func (w *jsonWriter) mapping(n *yaml.Node) error {
	w.out.WriteByte('{')
	own := map[string]int{}
	first := true
	field := func(key, value *yaml.Node) error {
		if !first {
			w.out.WriteByte(',')
		}
		first = false
		w.string(key.Value)
		w.out.WriteByte(':')
		return w.node(value)
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return w.errorf(key, "a key must be a scalar")
		}
		if line, again := own[key.Value]; again {
			return w.errorf(key, "key %q is already set in line %d", key.Value, w.line+line)
		}
		own[key.Value] = key.Line
		if err := field(key, value); err != nil {
			return err
		}
	}
	for _, m := range merged {
		if err := w.merge(m, own, field); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

// merge writes those fields of what a merge key names that are not there yet; the sources may have merge keys themselves.
func (w *jsonWriter) merge(n *yaml.Node, own map[string]int, field func(key, value *yaml.Node) error) error {
	sources, ok := mergeSources(n)
	if !ok {
		return w.errorf(n, "a merge key (<<) wants a mapping or a list of mappings")
	}
	for _, src := range sources {
		var further []*yaml.Node
		for i := 0; i+1 < len(src.Content); i += 2 {
			key, value := src.Content[i], src.Content[i+1]
			if key.Tag == "!!merge" {
				further = append(further, value)
				continue
			}
			if key.Kind != yaml.ScalarNode {
				return w.errorf(key, "a key must be a scalar")
			}
			if _, has := own[key.Value]; has {
				continue
			}
			own[key.Value] = key.Line
			if err := field(key, value); err != nil {
				return err
			}
		}
		for _, m := range further {
			if err := w.merge(m, own, field); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeSources are the mappings that a merge key names; ok is false for anything else.
func mergeSources(n *yaml.Node) (sources []*yaml.Node, ok bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.MappingNode {
		return []*yaml.Node{n}, true
	}
	for _, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			c = c.Alias
		}
		if c.Kind != yaml.MappingNode {
			return nil, false
		}
		sources = append(sources, c)
	}
	return sources, n.Kind == yaml.SequenceNode
}

func (w *jsonWriter) scalar(n *yaml.Node) error {
	plain := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		w.out.WriteString("null")
	case tag == "!!bool" && plain:
		w.out.WriteString(strings.ToLower(n.Value))
	case tag == "!!int" && plain:
		return w.integer(n)
	case tag == "!!float" && plain:
		f, err := strconv.ParseFloat(n.Value, 64)
		b, jsonErr := json.Marshal(f)
		if leadingZero(n.Value) || err != nil || jsonErr != nil { // 08080, .inf, .nan
			w.string(n.Value)
		} else {
			w.out.Write(b)
		}
	default:
		w.string(n.Value)
	}
	return nil
}

func (w *jsonWriter) integer(n *yaml.Node) error {
	if i, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 0, 64); err == nil {
		w.out.WriteString(strconv.FormatInt(i, 10))
	} else {
		w.string(n.Value)
	}
	return nil
}

func leadingZero(s string) bool {
	return len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9'
}

func (w *jsonWriter) string(s string) {
	b, _ := json.Marshal(s) // a string always marshals
	w.out.Write(b)
}
