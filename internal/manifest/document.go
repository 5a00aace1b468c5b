package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Limits on what is read, so that a hostile or a mistaken file ends in an error and not in the machine's memory.
const (
	maxFile    = 64 << 20  // bytes of one file
	maxTotal   = 256 << 20 // bytes of all files
	maxObjects = 500_000   // objects of all files
	maxDepth   = 100       // nesting of one document
	maxNodes   = 5_000_000 // of one document, with every alias written out
)

// A document is one object as it stood in a file.
type document struct {
	json []byte
	at   position
	list *head // the List that it is an item of
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
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		at := position{file: file, index: n}
		if err != nil {
			return nil, fmt.Errorf("%s: not JSON: %w", at, err)
		}
		docs = append(docs, document{json: raw, at: at})
	}
}

func splitYAML(file string, data []byte) ([]document, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var docs []document
	for n := 1; ; n++ {
		var node yaml.Node
		err := dec.Decode(&node)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		at := position{file: file, index: n}
		if err != nil {
			return docs, fmt.Errorf("%s: not YAML: %w", at, err)
		}
		j, err := toJSON(&node)
		if err != nil {
			return docs, fmt.Errorf("%s: %w", at, err)
		}
		if !bytes.Equal(j, []byte("null")) {
			docs = append(docs, document{json: j, at: at})
		}
	}
}
