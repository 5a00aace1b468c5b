package render

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mesh-why/mesh-why/internal/glyph"
)

// printYAML prints a document as YAML. Texts with what could move a cursor or hide something are quoted, and that is escaped in them.
func printYAML(w io.Writer, doc any) error {
	j, err := marshal(doc)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(j))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(node(v)); err != nil {
		return err
	}
	_, err = w.Write(glyph.EscapeYAML(out.Bytes()))
	return err
}

func node(v any) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, node(k), node(v[k]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, x := range v {
			n.Content = append(n.Content, node(x))
		}
		return n
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(v.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: v.String()}
	case string:
		n := &yaml.Node{}
		_ = n.Encode(v) // a text always encodes
		if strings.ContainsFunc(v, func(r rune) bool { return r != '\n' && glyph.Hides(r) }) {
			n.Style = yaml.DoubleQuotedStyle
		}
		return n
	}
	n := &yaml.Node{}
	_ = n.Encode(v) // true, false or null, which always encode
	return n
}
