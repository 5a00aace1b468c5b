package glyph

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

func TestHides(t *testing.T) {
	for name, list := range map[string]string{
		"controls": "\x00\a\b\x1b\r\n\t\x7f\u0085\u009b", "bidi": "\u202a\u202e\u2066\u2069\u200f\u061c", "zero width": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e",
		"separators": "\u2028\u2029", "blanks": "\u00a0\u1680\u2003\u202f\u3000\u2800", "fillers": "\u115f\u1160\u3164\uffa0\u034f", "Khmer vowels": "\u17b4\u17b5",
		"variation selectors": "\ufe00\ufe0f\U000e0100\U000e01ef\u180b", "tags": "\U000e0001\U000e0041\U000e007f\U000e0000", "private use": "\ue000\U000f0000",
		"not assigned": "\u2065\ufff0\U000e0080", "musical": "\U0001d173", "shorthand": "\U0001bca0",
	} {
		for _, r := range list {
			if !Hides(r) {
				t.Errorf("%s: %U shows", name, r)
			}
			if c := Clean("a" + string(r) + "b"); strings.ContainsRune(c, r) || utf8.RuneCountInString(c) < 4 {
				t.Errorf("%s: %U: %q", name, r, c)
			}
		}
	}
	for _, r := range "aZ0 ~-é字ñ😀あ한ü�" {
		if Hides(r) {
			t.Errorf("%U does not show", r)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "a\nb\tc\r": `a\nb\tc\r`, "\x1b[2J": `\u{1b}[2J`, "a\u202eb": `a\u{202e}b`, "a\xffb": "a�b", "字": "字"} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := CleanLines("a\tb\nc\rd"); got != "a\\tb\nc\\rd" {
		t.Errorf("%q", got)
	}
}

// What is escaped means what it meant, and shows.
func FuzzEscape(f *testing.F) {
	f.Add("a\u202eb\U000e0041\u17b4")
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		j, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for name, doc := range map[string][]byte{"JSON": EscapeJSON(j), "YAML": EscapeYAML(j)} { // JSON is YAML in double quotes
			if i := strings.IndexFunc(string(doc), func(r rune) bool { return r != '\n' && Hides(r) }); i >= 0 {
				t.Errorf("%s hides something: %q", name, doc)
			}
			var back string
			if name == "JSON" {
				err = json.Unmarshal(doc, &back)
			} else {
				err = yaml.Unmarshal(doc, &back)
			}
			if err != nil || back != s {
				t.Errorf("%s %s: %q, %v; want %q", name, doc, back, err, s)
			}
		}
	})
}
