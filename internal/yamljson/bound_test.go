package yamljson

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// laughs multiply themselves by ten with each line.
func laughs() string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 10; i++ {
		text += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	return text
}

// manyKeys merges a large mapping many times.
func manyKeys() string {
	var keys []string
	for i := range 10_000 {
		keys = append(keys, fmt.Sprintf("k%d: 1", i))
	}
	return "a: &a {" + strings.Join(keys, ",") + "}\nb: {<<: [" + strings.Repeat("*a,", 2000) + "*a]}\n"
}

var bombs = []struct{ name, text, want string }{
	{"many nodes", laughs(), ErrTooLarge.Error()},
	{"one long text", "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [" + strings.Repeat("*a, ", 1000) + "*a]\n", ErrTooLarge.Error()},
	{"a text of an annotation's length", "a: &x " + strings.Repeat("y", 130_000) + "\nl: [" + strings.Repeat("*x,", 43_000) + "*x]\n", ErrTooLarge.Error()},
	{"a key merged often", manyKeys(), ErrTooLarge.Error()},
	{"merges of merges", "a: &a {<<: [*a, *a, *a]}\n", "line 1: nested more than 100 levels deep"},
	{"in a circle", "a: &a {b: [*a, *a]}\n", "line 1: nested more than 100 levels deep"},
	{"a list of very many", "a: [" + strings.Repeat("a,", MaxValues) + "a]\n", "more than 1000000 values"},
	{"lists in lists on one line", strings.Repeat("- ", MaxValues+1), "more than 1000000 values"},
}

// TestBombs end in an error before they take the machine's memory, as documents of a file and as texts of an object.
func TestBombs(t *testing.T) {
	for _, c := range bombs {
		if _, err := all(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if err := Check([]byte(c.text), Embedded); err == nil || err.Error() != c.want {
			t.Errorf("%s, checked: got %v, want %s", c.name, err, c.want)
		}
	}
}

// TestShares are aliases as people write them.
func TestShares(t *testing.T) {
	shared := "a: &a {x: 1, y: [1, 2, 3]}\n"
	for i := range 20 {
		shared += fmt.Sprintf("b%d: {<<: *a, z: *a}\n", i)
	}
	for name, text := range map[string]string{"none": strings.Repeat("a", 10_000), "some": shared, "of a text": "a: &a text\nb: [*a, *a, *a]\n", "empty": "", "no YAML and no alias": "a: ["} {
		if err := Check([]byte(text), Embedded); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Check([]byte("a: *b"), Embedded); err == nil || err.Error() != "yaml: unknown anchor 'b' referenced" {
		t.Errorf("an alias of nothing: %v", err)
	}
	if err := Check([]byte(strings.Repeat("a", Embedded.Most+1)), Embedded); err == nil {
		t.Error("a text of an object may be as large as anything")
	}
}

// TestLines counts those of the file.
func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\na: 2\n":  `line 12: key "a" is already set in line 11`,
		"a: [":          "not YAML: yaml: line 11: did not find expected node content",
		"a: &a [*a]":    "line 11: nested more than 100 levels deep",
		"a: b\n? [c]\n": "line 12: a key must be a scalar",
		"a: {<<: text}": "line 11: a merge key (<<) wants a mapping or a list of mappings",
	} {
		d, err := NewDecoder([]byte(text), 10)
		if err == nil {
			_, err = d.Next()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := all(laughs()); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
