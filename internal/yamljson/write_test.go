package yamljson

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestScalars reads as the Kubernetes tools do, but for plain scalars that only one generation of YAML takes for something else than text.
func TestScalars(t *testing.T) {
	for in, want := range map[string]string{
		"a: text": `{"a":"text"}`, "a: 'true'": `{"a":"true"}`, "a: true": `{"a":true}`, "a: True": `{"a":true}`, "a: FALSE": `{"a":false}`,
		"a: y": `{"a":"y"}`, "a: no": `{"a":"no"}`, "a: on": `{"a":"on"}`, "a: null": `{"a":null}`, "a: ~": `{"a":null}`, "a:": `{"a":null}`,
		"a: 1": `{"a":1}`, "a: -1": `{"a":-1}`, "a: 1_000": `{"a":1000}`, "a: 0x1F": `{"a":31}`, "a: 0o17": `{"a":15}`, "a: 08080": `{"a":"08080"}`,
		"a: 1.5": `{"a":1.5}`, "a: 1e3": `{"a":1000}`, "a: .inf": `{"a":".inf"}`, "a: .nan": `{"a":".nan"}`, "a: 1.10": `{"a":1.1}`, "a: '1.10'": `{"a":"1.10"}`,
		"a: 99999999999999999999": `{"a":100000000000000000000}`, "a: 2026-11-22T06:40:00Z": `{"a":"2026-11-22T06:40:00Z"}`, "a: 2026-11-22": `{"a":"2026-11-22"}`,
		"a: 1:30": `{"a":"1:30"}`, "a: !!str 5": `{"a":"5"}`, "a: |\n  x\n  y\n": `{"a":"x\ny\n"}`, "a: >-\n  x\n  y\n": `{"a":"x y"}`,
		"1: x": `{"1":"x"}`, "true: x": `{"true":"x"}`, "{a: 1, b: [2, {c: 3}]}": `{"a":1,"b":[2,{"c":3}]}`, `{"a": "é\n"}`: `{"a":"é\n"}`,
		"a: &b [1]\nc: *b": `{"a":[1],"c":[1]}`, "a: &b {c: 1, d: 2}\ne: {<<: *b, d: 3}": `{"a":{"c":1,"d":2},"e":{"d":3,"c":1}}`,
		"a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}":         `{"a":{"x":1},"b":{"y":2,"x":1},"c":{"z":3,"y":2,"x":1}}`,
		"a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n":        `{"a":{"x":1},"b":{"x":2,"y":2},"c":{"x":1,"y":2}}`,
		"a: &a {x: 1}\nb: {'<<': *a}":                                   `{"a":{"x":1},"b":{"\u003c\u003c":{"x":1}}}`,
		"a: " + strings.Repeat("[", 90) + "1" + strings.Repeat("]", 90): `{"a":` + strings.Repeat("[", 90) + "1" + strings.Repeat("]", 90) + "}",
	} {
		docs, err := all(in)
		if err != nil || len(docs) != 1 {
			t.Errorf("%q: %d documents, %v", in, len(docs), err)
			continue
		}
		if docs[0] != want {
			t.Errorf("%q: got %s, want %s", in, docs[0], want)
		}
	}
}

// all are the documents of a text.
func all(text string) (docs []string, err error) {
	d, err := NewDecoder([]byte(text), 0)
	for err == nil {
		var j []byte
		if j, err = d.Next(); err == nil {
			docs = append(docs, string(j))
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return docs, err
}
