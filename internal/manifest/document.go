package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/mesh-why/mesh-why/internal/yamljson"
)

// Limits on what is read, so that a hostile or a mistaken file ends in an error and not in the machine's memory.
const (
	maxFile    = 64 << 20  // bytes of one file
	maxTotal   = 256 << 20 // bytes of all files
	maxObjects = 500_000   // objects of all files
)

// What is wrong with a file that is JSON.
var (
	errTooMany   = fmt.Errorf("more than %d objects", maxObjects)
	errNotObject = errors.New("not a Kubernetes object: want an object")
)

// A document is one object as it stood in a file.
type document struct {
	json []byte
	at   position
	list *head // the List that it is an item of

	items []json.RawMessage // where they have been taken apart already; nil where not
	rest  []byte            // what there is beside them
}

// A position says where a document stood.
type position struct {
	file  string
	index int // the document's number in the file, from 1
	item  int // the object's number in a List, from 1; 0 outside of one
}

func (p position) String() string {
	s := p.file
	if p.index > 0 {
		s = fmt.Sprintf("%s: document %d", p.file, p.index)
	}
	if p.item > 0 {
		s += fmt.Sprintf(", item %d", p.item)
	}
	return s
}

// split takes a file apart into documents, in their order. It reads JSON (several values may follow one another) without the detour
// through YAML, which costs most of the time with large dumps.
func split(file string, r io.Reader) ([]document, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB; split it, or leave out what Istio does not read", file, maxFile>>20)
	}
	if trimmed := bytes.TrimLeft(data, " \t\r\n\ufeff"); len(trimmed) > 0 && trimmed[0] == '{' {
		if docs, err := splitJSON(file, trimmed); err == nil {
			return docs, nil
		} else if !bytes.Contains(trimmed, []byte("\n---")) {
			return nil, err
		}
	}
	return splitYAML(file, data)
}

func splitJSON(file string, data []byte) ([]document, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var docs []document
	for n := 1; ; n++ {
		d := document{at: position{file: file, index: n}}
		err := d.next(dec, data)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		switch {
		case errors.Is(err, errTooMany), errors.Is(err, errNotObject):
			return nil, fmt.Errorf("%s: %w", d.at, err)
		case err != nil:
			return nil, fmt.Errorf("%s: not JSON: %w", d.at, err)
		}
		docs = append(docs, d)
	}
}

// next reads an object. The items of a List are taken apart on the way: a dump of a mesh is one, and would be gone through twice.
func (d *document) next(dec *json.Decoder, data []byte) error {
	open, err := dec.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return errNotObject
	}
	err = d.members(dec, data)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// members reads what follows on the brace.
func (d *document) members(dec *json.Decoder, data []byte) error {
	start := dec.InputOffset() - 1
	rest := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		behind := bytes.TrimLeft(data[dec.InputOffset():], ": \t\r\n")
		if key == "items" && len(behind) > 0 && behind[0] == '[' {
			if d.items, err = elements(dec); err != nil {
				return err
			}
			continue
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		rest[fmt.Sprint(key)] = v
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	d.json = data[start:dec.InputOffset()]
	if d.items == nil {
		return nil
	}
	var err error
	d.rest, err = json.Marshal(rest)
	return err
}

// elements reads an array.
func elements(dec *json.Decoder) ([]json.RawMessage, error) {
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := []json.RawMessage{}
	for dec.More() {
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		if out = append(out, v); len(out) > maxObjects {
			return nil, errTooMany
		}
	}
	_, err := dec.Token()
	return out, err
}

func splitYAML(file string, data []byte) ([]document, error) {
	dec, err := yamljson.NewDecoder(data, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var docs []document
	for n := 1; ; n++ {
		at := position{file: file, index: n}
		j, err := dec.Next()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, fmt.Errorf("%s: %w", at, err)
		}
		if !bytes.Equal(j, []byte("null")) {
			docs = append(docs, document{json: j, at: at})
		}
	}
}
