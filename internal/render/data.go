package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
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
	j, err := marshal(doc)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, j, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = w.Write(out.Bytes())
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
	j := bytes.TrimSpace(out.Bytes())
	var safe bytes.Buffer
	for len(j) > 0 {
		r, n := utf8.DecodeRune(j)
		if hides(r) {
			writeEscape(&safe, r)
		} else {
			safe.Write(j[:n])
		}
		j = j[n:]
	}
	return safe.Bytes(), nil
}

func writeEscape(out *bytes.Buffer, r rune) {
	if r > 0xffff {
		r -= 0x10000
		fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		return
	}
	fmt.Fprintf(out, `\u%04x`, r)
}
