package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mesh-why/mesh-why/internal/yamljson"
)

// takeApart reads a file and hands its objects on, in their order: those of JSON as they will be decoded, those of YAML as text.
func takeApart(file string, r io.Reader, whole bool, emit func(*document) error) error {
	s := newStream(r)
	for {
		err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		if c, _ := s.peek(); c == '{' && s.directives == nil {
			err = s.json(file, whole, emit)
		} else {
			err = s.yaml(file, emit)
		}
		if err != nil {
			return err
		}
	}
}

// json reads a document as JSON. One that is none may still be YAML, which has braces too.
func (s *stream) json(file string, whole bool, emit func(*document) error) error {
	line := s.lines
	s.kept = &bytes.Buffer{}
	n, err := newScanner(s, whole, func(d *document) error {
		s.kept = nil
		return emit(d)
	}).values(position{file: file, index: s.index})
	at := position{file: file, index: s.index}
	s.index += max(0, n-1)
	var syntax *errSyntax
	if s.kept == nil || !errors.As(err, &syntax) {
		return err
	}
	rest := s.kept.Bytes()
	for s.begun || !s.atEnd() {
		part, failed := s.line()
		if errors.Is(failed, io.EOF) {
			break
		}
		if rest = append(rest, part...); failed != nil || len(rest) > maxAtOnce {
			return err
		}
	}
	return emit(&document{at: at, of: nobody, yaml: &text{yaml: rest, line: line, json: syntax}})
}

// yaml reads a document as YAML: as a whole, or a long one item by item.
func (s *stream) yaml(file string, emit func(*document) error) error {
	at := position{file: file, index: s.index}
	t := &text{yaml: s.directives}
	if t.yaml != nil {
		if t.yaml = append(t.yaml, "---"...); !s.begun {
			t.yaml = append(t.yaml, '\n')
		}
	}
	t.line = s.lines - bytes.Count(t.yaml, []byte("\n"))
	for s.begun || !s.atEnd() {
		part, err := s.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return at.reading(err)
		}
		if t.yaml = append(t.yaml, part...); len(t.yaml) > maxAtOnce {
			return s.yamlList(at, t, emit)
		}
	}
	return emit(&document{at: at, of: nobody, yaml: t})
}

// reading is the error for a document that could not be read to its end.
func (p position) reading(err error) error {
	if errors.Is(err, errLong) {
		return fmt.Errorf("%s: %w", p, err)
	}
	return fmt.Errorf("reading %s: %w", p.file, err)
}

// expand reads what a document of YAML holds: one object, or a List with its items before it.
func (d *document) expand(whole bool) ([]*document, error) {
	dec, err := yamljson.NewDecoder(d.yaml.yaml, d.yaml.line)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.at, err)
	}
	j, err := dec.Next()
	switch {
	case errors.Is(err, io.EOF) && d.ends != nil:
		j = []byte("{}") // nothing but items
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil && d.yaml.json != nil:
		return nil, d.yaml.json
	case err != nil:
		return nil, fmt.Errorf("%s: %w", d.at, err)
	case d.yaml.dash:
		j = j[1 : len(j)-1] // a list of one
	case bytes.Equal(j, []byte("null")):
		return nil, nil
	}
	var out []*document
	s := newScanner(bytes.NewReader(j), whole, func(o *document) error {
		out = append(out, o)
		return nil
	})
	if s.dec.PeekKind() == '{' {
		err = s.object(d.at, d.list, d.of)
	} else {
		err = s.other(d.at, d.list, d.of)
	}
	if len(out) > 0 && d.ends != nil {
		out[len(out)-1].ends = d.ends
	}
	return out, err
}
