package manifest

import (
	"strings"
	"testing"
)

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
