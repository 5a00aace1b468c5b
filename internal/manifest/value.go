package manifest

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// value appends the next value to a text, without what is not kept of it.
func (s *scanner) value(to []byte, keep *tree) ([]byte, error) {
	if s.count++; s.count > maxValues {
		return to, fmt.Errorf("%s: more than %d values", s.at, maxValues)
	}
	// Objects and lists are gone through here, not by the reader: it would lose the names that lead to an error.
	switch s.dec.PeekKind() {
	case '{':
		return s.within(to, keep, s.members)
	case '[':
		return s.within(to, keep, s.entries)
	}
	raw, err := s.dec.ReadValue()
	if err != nil {
		return to, s.fault(err)
	}
	return append(to, raw...), nil
}

// within appends what begins and ends with a bracket.
func (s *scanner) within(to []byte, keep *tree, inside func([]byte, *tree) ([]byte, error)) ([]byte, error) {
	if s.dec.StackDepth()-2*s.lists > maxDepth {
		return to, fmt.Errorf("%s: nested more than %d levels deep%s", s.at, maxDepth, s.place(s.dec.StackPointer()))
	}
	open, err := s.dec.ReadToken()
	if err != nil {
		return to, s.fault(err)
	}
	if to, err = inside(append(to, byte(open.Kind())), keep); err != nil {
		return to, err
	}
	end, err := s.dec.ReadToken()
	if err != nil {
		return to, s.fault(err)
	}
	return append(to, byte(end.Kind())), nil
}

// members appends those of an object.
func (s *scanner) members(to []byte, keep *tree) ([]byte, error) {
	for s.dec.PeekKind() == '"' {
		quoted, err := s.dec.ReadValue()
		if err != nil {
			return to, s.fault(err)
		}
		name := ""
		if keep != nil {
			name = unquoted(quoted)
		}
		if keep.drops(name) {
			if err := s.skip(); err != nil {
				return to, err
			}
			continue
		}
		to = append(append(comma(to), quoted...), ':')
		if to, err = s.value(to, keep.member(name)); err != nil {
			return to, err
		}
	}
	return to, nil
}

// entries appends those of a list.
func (s *scanner) entries(to []byte, keep *tree) ([]byte, error) {
	for {
		kind := s.dec.PeekKind()
		if kind == ']' || kind == 0 {
			return to, nil
		}
		before := len(to)
		to = comma(to)
		begin := len(to)
		var err error
		if to, err = s.value(to, keep); err != nil {
			return to, err
		}
		if keep != nil && keep.entry != nil && !keep.entry(to[begin:]) {
			to = to[:before]
		}
	}
}

func (s *scanner) skip() error {
	if err := s.dec.SkipValue(); err != nil {
		return s.fault(err)
	}
	return nil
}

// comma appends one where something stands before it.
func comma(to []byte) []byte {
	if c := to[len(to)-1]; c == '{' || c == '[' {
		return to
	}
	return append(to, ',')
}

// unquoted is the text of a string, and nothing for any other value.
func unquoted(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // it was read as JSON
	return string(text)
}
