package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner takes JSON apart into objects, one after the other: the items of Lists are objects of their own, however long the List is. What no decision
// reads is dropped on the way.
type scanner struct {
	dec   *jsontext.Decoder
	cap   *capped
	whole bool                  // nothing is dropped
	emit  func(*document) error // is called with each object, with a List behind its items
	at    position              // of what is being read, for errors
	taken int64                 // how much of the text were items of Lists
	lists int                   // in how many Lists it is
	count int                   // of the values of the object so far
}

func newScanner(r io.Reader, whole bool, emit func(*document) error) *scanner {
	c := &capped{r: r, most: maxObject}
	// Invalid UTF-8 is read as Kubernetes reads it.
	return &scanner{dec: jsontext.NewDecoder(c, jsontext.AllowInvalidUTF8(true)), cap: c, whole: whole, emit: emit}
}

// capped reads up to a place that moves on as objects are read, so that none of any length is held in memory.
type capped struct {
	r       io.Reader
	n, most int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.n > c.most {
		return 0, errLong
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// values reads values that follow one another, and returns how many there were.
func (s *scanner) values(at position) (int, error) {
	for n := 0; ; n++ {
		s.at = at
		s.move()
		switch s.dec.PeekKind() {
		case 0:
			_, err := s.dec.ReadToken()
			if errors.Is(err, io.EOF) {
				return n, nil
			}
			return n, s.fault(err)
		case '{':
			if err := s.object(at, nil, nobody); err != nil {
				return n, err
			}
		default:
			if err := s.other(at, nil, nobody); err != nil {
				return n, err
			}
		}
		at.index++
	}
}

// move lets an object be read from here.
func (s *scanner) move() { s.cap.most = s.dec.InputOffset() + maxObject }

// items reads the items of a List.
func (s *scanner) items(l *list, of parent) error {
	if l.depth > maxNested {
		return fmt.Errorf("%s: more than %d Lists in one another", l.at, maxNested)
	}
	begin, taken := s.dec.InputOffset(), s.taken
	if _, err := s.dec.ReadToken(); err != nil {
		return s.fault(err)
	}
	s.lists++
	at := l.at
	for at.item = 1; ; at.item++ {
		s.move()
		kind := s.dec.PeekKind()
		if kind == ']' || kind == 0 {
			break
		}
		read := s.other
		if kind == '{' {
			read = s.object
		}
		if err := read(at, l, of); err != nil {
			return err
		}
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return s.fault(err)
	}
	s.lists--
	s.at, s.taken = l.at, taken+s.dec.InputOffset()-begin
	s.move()
	return nil
}

// other reads what is no object, and so none of Kubernetes either.
func (s *scanner) other(at position, l *list, of parent) error {
	s.at = at
	raw, err := s.dec.ReadValue()
	if err != nil {
		return s.fault(err)
	}
	return s.emit(&document{json: bytes.Clone(raw), at: at, list: l, of: of})
}

// fault is what the reader of JSON says, with the place.
func (s *scanner) fault(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errLong):
		return fmt.Errorf("%s: %w", s.at, errLong)
	case !errors.As(err, &syntax):
		return fmt.Errorf("reading %s: %w", s.at.file, plain(err))
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("%s: key %q is given twice%s", s.at, syntax.JSONPointer.LastToken(), s.place(syntax.JSONPointer.Parent()))
	}
	return &errSyntax{fmt.Sprintf("%s: not JSON: %v%s", s.at, syntax.Err, s.place(syntax.JSONPointer))}
}

// errSyntax is the error for what is not JSON. It may be YAML.
type errSyntax struct{ text string }

func (e *errSyntax) Error() string { return e.text }

// place names the place inside of the object.
func (s *scanner) place(p jsontext.Pointer) string {
	var path strings.Builder
	lists := 2 * s.lists
	for token := range p.Tokens() {
		if lists--; lists >= 0 {
			continue // items and the item's number, which the position tells
		}
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "":
			path.WriteString("[" + token + "]")
		case path.Len() == 0:
			path.WriteString(" in " + token)
		default:
			path.WriteString("." + token)
		}
	}
	return path.String()
}
