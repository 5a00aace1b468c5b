package manifest

import (
	"bytes"
	"fmt"
	"strings"
)

// object is an object that is being read.
type object struct {
	document
	*scanner
	start            int64 // where it begins
	kind, apiVersion string
	keep             *tree
	settled          bool // its kind was known before anything that depends on it
	late             bool // something was read before that
}

// object reads an object, which may be a List. L is the List that it is an item of, and of what that said so far.
func (s *scanner) object(at position, l *list, of parent) error {
	s.at, s.count = at, 0
	o := &object{document: document{at: at, list: l, of: of, json: []byte{'{'}, head: []byte{'{'}}, scanner: s, start: s.dec.InputOffset() - s.taken}
	o.kind, o.apiVersion = of.itemKind(), of.apiVersion
	o.settle()
	if _, err := s.dec.ReadToken(); err != nil {
		return s.fault(err)
	}
	for s.dec.PeekKind() == '"' {
		if err := o.member(); err != nil {
			return err
		}
		if s.dec.InputOffset()-s.taken-o.start > maxObject {
			return fmt.Errorf("%s: %w", at, errLong)
		}
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return s.fault(err)
	}
	o.json, o.head = append(o.json, '}'), append(o.head, '}')
	return o.done()
}

// settle decides what is kept, once the kind is known.
func (o *object) settle() {
	if !o.whole && o.kind != "" && o.apiVersion != "" {
		o.keep, o.settled = keptOf(o.apiVersion, o.kind), true
	}
}

// member reads a member of the object.
func (o *object) member() error {
	quoted, err := o.dec.ReadValue()
	if err != nil {
		return o.fault(err)
	}
	name := unquoted(quoted)
	if name == "items" {
		quoted = []byte(`"items"`) // the other one is lost when the reader looks ahead
	}
	if name == "items" && o.dec.PeekKind() == '[' && (o.kind == "" || strings.HasSuffix(o.kind, "List")) {
		o.json = append(comma(o.json), `"items":null`...)
		o.ends = &list{at: o.document.at, depth: 1}
		if o.list != nil {
			o.ends.depth = o.list.depth + 1
		}
		return o.items(o.ends, parent{o.kind, o.apiVersion})
	}
	if o.keep.drops(name) {
		return o.skip()
	}
	begin := len(comma(o.json))
	o.json = append(append(comma(o.json), quoted...), ':')
	value := len(o.json)
	if o.json, err = o.scanner.value(o.json, o.keep.member(name)); err != nil {
		return err
	}
	switch name {
	case "kind":
		o.kind = unquoted(o.json[value:])
		o.settle()
	case "apiVersion":
		o.apiVersion = unquoted(o.json[value:])
		o.settle()
	case "metadata", "items":
	default:
		o.late = o.late || !o.settled
		return nil
	}
	o.head = append(comma(o.head), o.json[begin:]...)
	return nil
}

// done hands the object on.
func (o *object) done() error {
	if o.late && o.settled && o.keep != general {
		again := newScanner(bytes.NewReader(o.json), false, nil)
		again.at = o.document.at
		var err error
		if o.json, err = again.value(nil, o.keep); err != nil {
			return err
		}
	}
	return o.emit(&o.document)
}
