package yamljson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Decoder reads the documents of a text, one after the other.
type Decoder struct {
	from *yaml.Decoder
	most int // bytes of a document
	line int
}

// NewDecoder reads a text that follows on some lines of a file, which errors count. The text may hold no more than [MaxValues] values.
func NewDecoder(text []byte, line int) (*Decoder, error) {
	if err := crowded(text); err != nil {
		return nil, err
	}
	return &Decoder{from: yaml.NewDecoder(bytes.NewReader(text)), most: Document.of(len(text)), line: line}, nil
}

// Next returns the next document as JSON, with its aliases written out; the error is [io.EOF] where there is none. Nothing can be read behind any
// other error.
func (d *Decoder) Next() ([]byte, error) {
	var n yaml.Node
	err := d.from.Decode(&n)
	if errors.Is(err, io.EOF) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("not YAML: %s", d.moved(err))
	}
	if err := measure(&n, d.most, d.line); err != nil {
		return nil, err
	}
	w := &jsonWriter{line: d.line}
	if err := w.node(&n); err != nil {
		return nil, err
	}
	return w.out.Bytes(), nil
}

var lineNumber = regexp.MustCompile(`\bline ([0-9]+)`)

// moved is what the parser says, with the lines of the file.
func (d *Decoder) moved(err error) string {
	return lineNumber.ReplaceAllStringFunc(err.Error(), func(found string) string {
		n, _ := strconv.Atoi(lineNumber.FindStringSubmatch(found)[1]) // only digits
		return "line " + strconv.Itoa(d.line+n)
	})
}
