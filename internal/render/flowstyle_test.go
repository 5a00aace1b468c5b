package render

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"sigs.k8s.io/yaml"
)

// What is written short is the same YAML, and no line is longer than the width unless one word is.
func TestShortYAML(t *testing.T) {
	for _, text := range []string{
		"apiVersion: v1\nkind: A\nspec:\n  rules:\n  - from:\n    - source:\n        principals:\n        - cluster.local/ns/foo/sa/sleep\n        notPrincipals: [\"*\"]\n    to:\n    - operation: {ports: [\"8080\"], paths: [\"/a,b\", \"/x: y\", \"/{id}\", \"\"]}\n",
		"portLevelMtls:\n  \"8080\":\n    mode: PERMISSIVE\nempty: {}\nnone: []\nyes: \"yes\"\nnumber: 1.5\nnil: null\nlines: \"a\\nb\"\n",
		"- a: 1\n  b:\n  - c: 2\n- d\n",
		"just a text",
		"'#': '- x'\n'a b': ['[', '&x', '!y', ' z', '1', 'true', '~', '日本']\n",
	} {
		for _, width := range []int{20, 40, 80, 200} {
			p := &printer{Options: Options{Width: width}}
			lines := p.short(text, 0, "")
			var want, got any
			if err := yaml.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal([]byte(strings.Join(lines, "\n")), &got); err != nil || !reflect.DeepEqual(want, got) {
				t.Errorf("width %d: %q became %q (%v)", width, text, lines, err)
			}
			if width >= 80 && slices.ContainsFunc(lines, func(l string) bool { return displaywidth.String(l) > width }) {
				t.Errorf("width %d: too long: %q", width, lines)
			}
		}
	}
}
