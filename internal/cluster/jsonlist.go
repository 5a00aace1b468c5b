package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// jsonList is a List as the API server writes it, its items as they came.
type jsonList struct {
	kind     string
	metadata metav1.ListMeta
	items    []json.RawMessage
	listed   bool // there are items, if only none
}

// readList reads a List of a kind field by field. Of two fields of one name [json.Unmarshal] takes the latter, and a field in other letters for the
// same one: what the first one holds would be gone without a word.
func readList(kind string, data []byte) (*jsonList, error) {
	l, err := fieldsOf(kind, data)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("unexpected end of JSON input")
	case err != nil:
		return nil, err
	case l.kind != kind+"List":
		return nil, fmt.Errorf("want a %sList, got kind %.80q", kind, l.kind)
	case !l.listed:
		return nil, fmt.Errorf("the %sList has no items, not even none", kind)
	}
	return l, nil
}

func fieldsOf(kind string, data []byte) (*jsonList, error) {
	var l jsonList
	d := json.NewDecoder(bytes.NewReader(data))
	if err := opens(d, '{'); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := fmt.Sprint(key)
		if seen[name] {
			return nil, fmt.Errorf("the %sList has %.80q twice", kind, name)
		}
		seen[name] = true
		if err := l.field(d, name); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the end of the list")
	}
	return &l, nil
}

func (l *jsonList) field(d *json.Decoder, name string) error {
	switch name {
	case "kind":
		return d.Decode(&l.kind)
	case "metadata":
		return d.Decode(&l.metadata)
	case "items":
		return l.readItems(d)
	}
	var other json.RawMessage
	return d.Decode(&other)
}

func (l *jsonList) readItems(d *json.Decoder) error {
	first, err := d.Token()
	if err != nil || first == nil { // null is no list
		return err
	}
	if first != json.Delim('[') {
		return errors.New("items is no list")
	}
	l.listed = true
	for d.More() {
		if len(l.items) == maxItems {
			return errTooManyItems
		}
		var item json.RawMessage
		if err := d.Decode(&item); err != nil {
			return err
		}
		l.items = append(l.items, item)
	}
	_, err = d.Token()
	return err
}

func opens(d *json.Decoder, with json.Delim) error {
	t, err := d.Token()
	if err == nil && t != with {
		err = fmt.Errorf("want %v, got %.80q", with, fmt.Sprint(t))
	}
	return err
}
