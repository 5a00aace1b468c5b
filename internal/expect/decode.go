package expect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/internal/yamljson"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

func (f *File) decode(data []byte) error {
	if err := yamljson.Check(data, yamljson.Document); err != nil {
		return err
	}
	j, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return err
	}
	var outer struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   any               `json:"metadata"`
		Requests   []json.RawMessage `json:"requests"`
	}
	if err := strict(j, &outer); err != nil {
		return err
	}
	f.APIVersion, f.Kind = outer.APIVersion, outer.Kind
	for i, raw := range outer.Requests {
		var r Request
		if err := strict(raw, &r); err != nil {
			return fmt.Errorf("requests[%d]: %w", i, err)
		}
		f.Requests = append(f.Requests, r)
	}
	switch {
	case f.Kind != explain.KindExpectations:
		return fmt.Errorf("kind is %s; write kind: %s", orMissing(f.Kind), explain.KindExpectations)
	case f.APIVersion != explain.APIVersion:
		return fmt.Errorf("apiVersion is %s; write apiVersion: %s", orMissing(f.APIVersion), explain.APIVersion)
	case len(f.Requests) == 0:
		return errors.New("requests is empty: nothing to test")
	}
	for i, r := range f.Requests {
		if _, err := r.wanted(); err != nil {
			return fmt.Errorf("requests[%d]%s: expect: %w", i, r.label(), err)
		}
	}
	return nil
}

// orMissing shows a value that is wrong, or says that there is none.
func orMissing(value string) string {
	if value == "" {
		return "missing"
	}
	return strconv.Quote(value)
}

// strict decodes an object; a field that it does not have is an error, with the nearest one that it has.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		var fields []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(into).Elem()) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, name)
		}
		text += suggest.Hint(strings.Trim(name, `"`), fields)
	}
	return errors.New(text)
}
