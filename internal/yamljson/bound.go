package yamljson

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// MaxValues is how many values a text may hold, its aliases written out. The parser needs some 200 bytes for each.
const MaxValues = 1_000_000

// maxDepth is how deep a text may be nested, its aliases written out.
const maxDepth = 100

// Bound is how many bytes a text may come to with its aliases written out, by its own length.
type Bound struct {
	Base, Factor int
	Most         int // whatever its length; 0 where only the length counts
}

// The bounds of the texts that are read. Manifests share parts of themselves by aliases; texts inside of objects hardly ever do, and one object of a
// file of millions must not cost more than the file does.
var (
	Document = Bound{Base: 64 << 10, Factor: 16, Most: MaxDocument}
	Embedded = Bound{Base: 4 << 10, Factor: 4, Most: 4 << 20}
)

// MaxDocument is the most bytes that an object of a file may take. An API server stores none of more than 1.5 MiB; printed as text it can take a few
// times of that.
const MaxDocument = 8 << 20

func (b Bound) of(length int) int {
	n := b.Base + b.Factor*length
	if b.Most > 0 {
		n = min(n, b.Most)
	}
	return n
}

// ErrTooLarge is the error for a text whose aliases stand for more than its bound.
var ErrTooLarge = errors.New("too large with its aliases written out")

// Check reports whether a text stays within a bound, as an error if not. It is for texts that another reader of YAML takes from there: what has aliases
// and cannot be measured is an error too.
func Check(text []byte, b Bound) error {
	if err := crowded(text); err != nil {
		return err
	}
	if bytes.IndexByte(text, '*') < 0 {
		if b.Most > 0 && len(text) > b.Most {
			return fmt.Errorf("larger than %d KiB", b.Most>>10)
		}
		return nil // no alias is in it
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := measure(&n, b.of(len(text)), 0); err != nil {
			return err
		}
	}
}

// crowded is an error for a text that may hold more values than the parser can be trusted with. It counts the characters that can stand between two
// values, which is at least as many.
func crowded(text []byte) error {
	if len(text) <= MaxValues {
		return nil
	}
	n := 0
	for i, c := range text {
		switch c {
		case '\n', ',', '[', '{', ':':
			n++
		case ' ':
			if i > 0 && (text[i-1] == '-' || text[i-1] == '?') {
				n++
			}
		}
	}
	if n > MaxValues {
		return fmt.Errorf("more than %d values", MaxValues)
	}
	return nil
}

// measure is an error for a node that comes to more than a number of bytes, to more values than MaxValues, or is nested too deep. What merge keys
// bring counts as often as they bring it. Line is that of the file before the text.
func measure(n *yaml.Node, most, line int) error {
	m := meter{bytes: most, values: MaxValues, line: line}
	return m.node(n, 0)
}

// meter is what is left of a bound.
type meter struct{ bytes, values, line int }

func (m *meter) node(n *yaml.Node, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("line %d: nested more than %d levels deep", m.line+n.Line, maxDepth)
	}
	if n.Kind == yaml.AliasNode {
		return m.node(n.Alias, depth+1)
	}
	m.values--
	m.bytes -= len(n.Value) + 2
	if m.values < 0 || m.bytes < 0 {
		return ErrTooLarge
	}
	if n.Kind == yaml.DocumentNode {
		depth--
	}
	for _, c := range n.Content {
		if err := m.node(c, depth+1); err != nil {
			return err
		}
	}
	return nil
}
