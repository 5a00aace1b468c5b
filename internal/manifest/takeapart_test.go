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
		{"a document behind an end mark", "a: 1\n...\n# x\nb: 2\n...\n", []string{"f: document 1", "f: document 2"}},
		{"on the line of the mark", "--- {a: 1}\n--- # nothing\n--- |\n  text\n", []string{"f: document 1", "f: document 3"}},
		{"JSON on the line of the mark", "--- {\"a\": 1}\n--- {\"b\": 2} {\"c\": 3}\n---\nd: 4\n", []string{"f: document 1", "f: document 2", "f: document 3", "f: document 4"}},
		{"directives", "%YAML 1.1\n# x\n---\na: 1\n...\n%TAG ! tag:x,2000:\n---\nb: 2\n", []string{"f: document 1", "f: document 2"}},
		{"line ends of Windows", "---\r\na: 1\r\n---\r\n\r\n---\r\n{\"b\":\r\n2}\r\n", []string{"f: document 1", "f: document 3"}},
		{"UTF-16", "\xff\xfe" + utf16("a: 1\n---\nb: 2\n"), []string{"f: document 1", "f: document 2"}},
		{"JSON in UTF-16", "\xff\xfe" + utf16(`{"a": "ä"}`), []string{"f: document 1"}},
		{"blanks alone", strings.Repeat(" ", 200_000) + "\n" + strings.Repeat("\n", 200_000), nil},
		{"braces of YAML with comments", "# x\n{a: 1, # y\nb: 2}\n", []string{"f: document 1"}},
		{"a mark within lines", "a: |\n  ---\n  b\nc: --- d\n", []string{"f: document 1"}},
		{"items before their List", `{"kind":"List","items":[{"a":1},[2],{"items":[3]}]}`, []string{"f: document 1, item 1", "f: document 1, item 2", "f: document 1, item 1", "f: document 1, item 3", "f: document 1"}},
		{"items of YAML", "items: [{a: 1}, 2]\n---\nitems: {}\n", []string{"f: document 1, item 1", "f: document 1, item 2", "f: document 1", "f: document 2"}},
	} {
		docs, err := documents("f", c.in)
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

// documents are all objects of a file, items of Lists before their List.
func documents(name, text string) (docs []*document, err error) {
	err = takeApart(name, strings.NewReader(text), true, func(d *document) error {
		if d.yaml == nil {
			docs = append(docs, d)
			return nil
		}
		more, err := d.expand(true)
		docs = append(docs, more...)
		return err
	})
	return docs, err
}

// utf16 is a text in UTF-16, the low bytes first.
func utf16(text string) string {
	var out strings.Builder
	for _, r := range text {
		out.WriteByte(byte(r))
		out.WriteByte(byte(r >> 8))
	}
	return out.String()
}
