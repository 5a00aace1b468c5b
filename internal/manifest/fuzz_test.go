package manifest

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mesh-why/mesh-why/internal/joined"
)

// FuzzJSON takes JSON apart: into the values that stand there, each behind its items where it is a List.
//
//	go test ./internal/manifest -fuzz FuzzJSON -fuzztime 1m
func FuzzJSON(f *testing.F) {
	for _, in := range []string{`{}`, `{"a":1}{"b":[2]}`, `{"items":[{"a":"]"},2],"kind":"List"} {"items":5}`, `{"items":[1],"items":[2,[3]]}`, "{\"items\"\t:\n [ ] }", `{"items":[1,]}`, `{"a"}`, `{} []`,
		`{"items":{"items":[1]}}`, `{"ITEMS":[1]}`, `{"items":null}`, `{"kind":"Pod","items":[1]}`, `{"kind":"PodList","items":[{"items":[{}]}, {"it\u0065ms":[2]}]}`, `{"a":{"a":1},"b":"\ud800"}`} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var got []string
		s := newScanner(bytes.NewReader(in), true, func(d *document) error {
			if d.list == nil {
				got = append(got, string(d.json))
			}
			return nil
		})
		n, err := s.values(position{file: "x"})
		want := valuesOf(in)
		if err != nil {
			// Only what was read before is known, and it may be wrong for a reason of ours: a key twice, Lists in Lists.
			if n > len(want) || !strings.HasPrefix(err.Error(), "x") {
				t.Errorf("%q: %d values before %v", in, n, err)
			}
			return
		}
		if n != len(got) || n != len(want) {
			t.Fatalf("%q has %d values; got %d", in, len(want), len(got))
		}
		for i := range got {
			var a, b any
			if json.Unmarshal([]byte(got[i]), &a) != nil || json.Unmarshal(want[i], &b) != nil {
				t.Fatal(got[i])
			}
			if !reflect.DeepEqual(a, b) && !reflect.DeepEqual(a, withoutItems(b)) {
				t.Errorf("value %d of %q is %s", i, in, got[i])
			}
		}
	})
}

// valuesOf are the values that another reader finds, as far as it finds any.
func valuesOf(in []byte) (values []json.RawMessage) {
	plain := json.NewDecoder(bytes.NewReader(in))
	for {
		var v json.RawMessage
		if err := plain.Decode(&v); err != nil {
			return values
		}
		values = append(values, v)
	}
}

// withoutItems is a value as it is left when its items are read on their own.
func withoutItems(v any) any {
	o, _ := v.(map[string]any)
	if _, list := o["items"].([]any); list {
		o["items"] = nil
	}
	return v
}

// FuzzStream reads anything at once and in small parts: what comes of it is the same, objects and errors.
//
//	go test ./internal/manifest -fuzz FuzzStream -fuzztime 1m
func FuzzStream(f *testing.F) {
	for _, in := range []string{"", "---", "--- {}\n---\n", "a: 1\n...\nb: 2\n", "{\"a\":1}\n---\nb: 2\n--- {c: 3}", "%YAML 1.1\n---\na: b\n", "{a: b}{", "items:\n- a: 1\n", "\xff\xfea\x00:\x00 \x00b\x00", "\ufeffa: b\r\n---\r\n",
		`{"items":[{"a":1}],"kind":"List"} {"b":2}`, "a: |\n  ---\n  b\n", "# a\n\n  # b\nc: d", "--- >\n a\n--- 'x\n  y'\n"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, failed := told(bytes.NewReader(in))
		parts, again := told(iotest.OneByteReader(bytes.NewReader(in)))
		if failed != again || !slices.Equal(whole, parts) {
			t.Errorf("%q at once: %q %s\nin parts: %q %s", in, whole, failed, parts, again)
		}
	})
}

// told are the objects of a file with their positions, and its error.
func told(r io.Reader) (out []string, failed string) {
	err := takeApart("x", r, true, func(d *document) error {
		docs := []*document{d}
		if d.yaml != nil {
			var err error
			if docs, err = d.expand(true); err != nil {
				return err
			}
		}
		for _, x := range docs {
			out = append(out, x.at.String()+" "+string(x.json))
		}
		return nil
	})
	if err != nil {
		failed = err.Error()
	}
	return out, failed
}

// FuzzArchive opens anything as an archive: it never panics, and errors name the file.
//
//	go test ./internal/manifest -fuzz FuzzArchive -fuzztime 1m
func FuzzArchive(f *testing.F) {
	files := map[string]string{"a.yaml": pod("x"), "b/c.json": "{"}
	f.Add("x.tar", []byte(tarOf(f, files)))
	f.Add("x.tar.gz", []byte(gzipOf(f, tarOf(f, files))))
	f.Add("x.zip", []byte(zipOf(f, files)))
	f.Add("x.tgz", []byte("no archive"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		ext := ".zip"
		for _, e := range []string{".tar.gz", ".tgz", ".tar"} {
			if strings.HasSuffix(name, e) {
				ext = e
			}
		}
		path := filepath.Join(dir, "any"+ext)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := (Source{}).Snapshot(path); err != nil {
			for _, part := range joined.Errors(err) {
				if !strings.HasPrefix(strings.TrimPrefix(part.Error(), "reading "), path) {
					t.Errorf("an error does not name the file: %v", part)
				}
			}
		}
	})
}
