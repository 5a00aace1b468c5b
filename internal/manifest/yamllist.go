package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// A yamlList takes a List of YAML apart by its lines, as "kubectl get -o yaml" prints it and others do: items at the beginning of a line, and each
// item's dash in one column. Where a text of several lines within quotes looks like that, an item ends within the quotes and is no YAML, so that
// nothing is read as what it is not.
type yamlList struct {
	at     position
	list   list
	of     parent
	emit   func(*document) error
	head   []byte // all that is not within the items
	item   *text  // that is being read
	within bool   // the items
	seen   bool   // there were items
	column int    // of the dashes; -1 before the first
	items  int    // how many there were
}

var (
	itemsLine = regexp.MustCompile(`^items:[ \t]*(#.*)?\r?\n?$`)
	headLine  = regexp.MustCompile(`^(kind|apiVersion):[ \t]*["']?([A-Za-z0-9./-]+)["']?[ \t]*\r?\n?$`)
)

// yamlList reads a document that begins with a text, and is too long to be read as a whole.
func (s *stream) yamlList(at position, begin *text, emit func(*document) error) error {
	y := &yamlList{at: at, list: list{at: at, depth: 1}, emit: emit}
	line := begin.line
	for part := range bytes.Lines(begin.yaml) {
		if err := y.line(part, line); err != nil {
			return err
		}
		line++
	}
	if !y.seen {
		return y.tooLong()
	}
	for s.begun || !s.atEnd() {
		line := s.lines
		part, err := s.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return at.reading(err)
		}
		if err := y.line(part, line); err != nil {
			return err
		}
	}
	if err := y.flush(); err != nil {
		return err
	}
	return emit(&document{at: at, of: nobody, ends: &y.list, yaml: &text{yaml: y.head, line: begin.line}})
}

func (y *yamlList) tooLong() error {
	return fmt.Errorf("%s: larger than %s, and no List as kubectl prints it, whose items would be read one by one; of JSON (-o json) any List is", y.at, size(maxAtOnce))
}

// line takes the next line.
func (y *yamlList) line(part []byte, number int) error {
	content := bytes.TrimLeft(part, " ")
	column := len(part) - len(content)
	blank := len(bytes.TrimSpace(content)) == 0 || content[0] == '#'
	switch {
	case !y.within:
		return y.outside(part, number)
	case blank && y.item == nil:
		return nil
	case blank:
	case y.column < 0 && dashed(content):
		y.column = column
		fallthrough
	case column == y.column && dashed(content):
		if err := y.flush(); err != nil {
			return err
		}
		y.item = &text{line: number, dash: true}
	case y.column < 0 || column <= y.column:
		y.within = false
		if err := y.flush(); err != nil {
			return err
		}
		return y.outside(part, number)
	}
	if y.item.yaml = append(y.item.yaml, part...); len(y.item.yaml) > maxObject {
		return fmt.Errorf("%s: %w", position{y.at.file, y.at.index, y.items + 1}, errLong)
	}
	return nil
}

// outside takes a line that is not within the items.
func (y *yamlList) outside(part []byte, number int) error {
	if itemsLine.Match(part) {
		if y.seen {
			return fmt.Errorf(`%s: line %d: key "items" is already set`, y.at, number+1)
		}
		y.within, y.seen, y.column = true, true, -1
		return nil
	}
	if m := headLine.FindSubmatch(part); m != nil && string(m[1]) == "kind" {
		y.of.kind = string(m[2])
	} else if m != nil {
		y.of.apiVersion = string(m[2])
	}
	if y.head = append(y.head, part...); len(y.head) > maxAtOnce {
		return y.tooLong()
	}
	return nil
}

// dashed reports whether an item begins here.
func dashed(content []byte) bool {
	return content[0] == '-' && (len(content) == 1 || bytes.IndexByte([]byte(" \t\r\n"), content[1]) >= 0)
}

// flush hands on the item that was read.
func (y *yamlList) flush() error {
	if y.item == nil {
		return nil
	}
	y.items++
	at := y.at
	at.item = y.items
	d := &document{at: at, list: &y.list, of: y.of, yaml: y.item}
	y.item = nil
	return y.emit(d)
}
