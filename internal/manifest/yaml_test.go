package manifest

import (
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
		docs, err := splitYAML("x", []byte(in))
		if err != nil || len(docs) != 1 {
			t.Errorf("%q: %d documents, %v", in, len(docs), err)
			continue
		}
		if got := string(docs[0].json); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// TestDocuments counts documents and where they stood.
func TestDocuments(t *testing.T) {
	for _, c := range []struct {
		name, in string
		at       []string
	}{
		{"none", "", nil},
		{"comments alone", "# x\n---\n# y\n", nil},
		{"empty ones are counted but not kept", "---\na: 1\n---\n---\nb: 2\n", []string{"f: document 1", "f: document 3"}},
		{"one of JSON", `{"a": 1}`, []string{"f: document 1"}},
		{"several of JSON", "{\"a\": 1}\n{\"b\": 2}", []string{"f: document 1", "f: document 2"}},
		{"JSON behind a mark of its encoding", "\ufeff{\"a\": 1}", []string{"f: document 1"}},
		{"JSON and YAML", "{\"a\": 1}\n---\nb: 2\n", []string{"f: document 1", "f: document 2"}},
		{"YAML in braces", "{a: 1}\n---\nb: 2\n", []string{"f: document 1", "f: document 2"}},
		{"an end mark", "a: 1\n...\n---\nb: 2\n", []string{"f: document 1", "f: document 2"}},
	} {
		docs, err := split("f", strings.NewReader(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var at []string
		for _, d := range docs {
			at = append(at, d.at.String())
		}
		if strings.Join(at, "|") != strings.Join(c.at, "|") {
			t.Errorf("%s: got %q, want %q", c.name, at, c.at)
		}
	}
}

// TestBombs end in an error before they take the machine's memory.
func TestBombs(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 10; i++ {
		p := "*a" + string(rune('0'+i-1))
		laughs += "a" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) + " [" + strings.Repeat(p+", ", 9) + p + "]\n"
	}
	for name, in := range map[string]string{
		"many nodes":       laughs,
		"one long text":    "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [" + strings.Repeat("*a, ", 1000) + "*a]\n",
		"merges of merges": "a: &a {<<: [*a, *a, *a]}\n",
		"in a circle":      "a: &a {b: [*a, *a]}\n",
	} {
		_, err := splitYAML("x", []byte(in))
		if err == nil || !strings.HasPrefix(err.Error(), "x: document 1: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
