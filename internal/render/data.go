package render

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/mesh-why/mesh-why/internal/glyph"
)

// data prints a document as JSON or YAML; it is not done with other formats.
func data(w io.Writer, doc any, o Options) (done bool, err error) {
	switch o.Format {
	case "json":
		return true, printJSON(w, doc)
	case "yaml":
		return true, printYAML(w, doc)
	}
	return false, nil
}

func printJSON(w io.Writer, doc any) error {
	text, err := indented(doc, "")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// marshal makes JSON in which what could move a cursor or hide text is escaped. The text itself stays as it is.
func marshal(doc any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return glyph.EscapeJSON(bytes.TrimSpace(out.Bytes())), nil
}
