package render

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"

	"github.com/mesh-why/mesh-why/pkg/matrix"
)

// matrixJSON prints a matrix as JSON, one destination after the other: of a large mesh the document is never in memory as a whole.
func matrixJSON(w io.Writer, m *matrix.Matrix, method string) error {
	if len(m.Destinations) == 0 {
		doc := m.Document(method)
		doc.Presumes = presumedBy(m)
		return printJSON(w, doc)
	}
	doc := m.Frame(method)
	doc.Presumes = presumedBy(m)
	frame, err := indented(doc, "")
	if err != nil {
		return err
	}
	// The destinations come last, as there is no change, and none of them is there yet.
	frame, last := bytes.CutSuffix(frame, []byte("[]\n}"))
	if !last {
		return errors.New("internal error: the destinations of a matrix are not the last of its fields")
	}
	out := bufio.NewWriterSize(w, 1<<16)
	_, _ = out.Write(frame)
	for i := range m.Destinations {
		text, err := indented(m.Destination(i), "    ")
		if err != nil {
			return err
		}
		before := ",\n    "
		if i == 0 {
			before = "[\n    "
		}
		_, _ = out.WriteString(before)
		_, _ = out.Write(text)
	}
	_, err = out.WriteString("\n  ]\n}\n") // a buffer keeps its first error
	return cmp.Or(err, out.Flush())
}

// indented is a document, or a part of one whose lines but the first begin with a prefix.
func indented(doc any, prefix string) ([]byte, error) {
	j, err := marshal(doc)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, j, prefix, "  ")
	return out.Bytes(), err
}
