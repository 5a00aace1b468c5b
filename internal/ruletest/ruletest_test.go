package ruletest

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const rules = "../../testdata/rules"

// TestFolders: every folder with archives is that of a package, and the package's tests run it.
func TestFolders(t *testing.T) {
	folders := map[string]bool{}
	err := filepath.WalkDir(rules, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".txtar") {
			folders[filepath.Dir(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) == 0 {
		t.Fatalf("there are no archives in %s", rules)
	}
	runs := regexp.MustCompile(`ruletest\.Run\(t\)`)
	for f := range folders {
		name, err := filepath.Rel(rules, f)
		if err != nil {
			t.Fatal(err)
		}
		tests, err := filepath.Glob(filepath.Join("../../pkg", name, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(tests, func(file string) bool {
			src, err := os.ReadFile(file)
			return err == nil && runs.Match(src)
		}) {
			t.Errorf("no test of pkg/%s runs the archives of %s", name, f)
		}
	}
}

func TestWords(t *testing.T) {
	a := &Archive{Tokens: map[string]string{"alice": "A.B.C"}}
	for _, c := range []struct {
		line string
		want []string
	}{
		{`sleep.foo  http://httpbin.bar:8000/ip -X POST`, []string{"sleep.foo", "http://httpbin.bar:8000/ip", "-X", "POST"}},
		{`a b -H 'x-a: b c' -H "x-t: Value $alice"`, []string{"a", "b", "-H", "x-a: b c", "-H", "x-t: Value A.B.C"}},
		{`a b -H 'x: $alice' -H x:$alice`, []string{"a", "b", "-H", "x: $alice", "-H", "x:A.B.C"}},
		{`a '' b`, []string{"a", "", "b"}},
	} {
		got, err := a.words(c.line)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v, want %q", c.line, got, err, c.want)
		}
	}
	for _, line := range []string{`a 'b`, `a "$bob"`} {
		if got, err := a.words(line); err == nil {
			t.Errorf("%s: no error, but %q", line, got)
		}
	}
}

// TestSign: a token is signed with the key that archives name.
func TestSign(t *testing.T) {
	token, err := Sign([]byte(`{"iss": "idp", "sub": "alice"}`))
	if err != nil {
		t.Fatal(err)
	}
	var keys struct{ Keys []struct{ X string } }
	if err := json.Unmarshal([]byte(Keys), &keys); err != nil {
		t.Fatal(err)
	}
	public, err := base64.RawURLEncoding.DecodeString(keys.Keys[0].X)
	if err != nil {
		t.Fatal(err)
	}
	end := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil || !ed25519.Verify(public, []byte(token[:end]), signature) {
		t.Errorf("%s is not signed with %s: %v", token, Keys, err)
	}
	for _, bad := range []string{"", "{", `{} {} {}`} {
		if _, err := Sign([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ archive, want string }{
		{"-- rows --\nallow\n", "asks no questions"},
		{"-- questions --\na b\n-- rows --\nallow everything\n", "rows: \"allow everything\" asks for everything"},
		{"-- questions --\na b\n-- answer --\n", "answer: it is none of questions"},
		{"-- questions --\na b\n-- alice.claims --\n[\n", "alice.claims: unexpected EOF"},
	} {
		if _, err := Read(txtar.Parse([]byte(c.archive)).Files, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.archive, err, c.want)
		}
	}
	a := &Archive{}
	for _, c := range []struct{ line, want string }{
		{"sleep.foo", "want SOURCE DESTINATION"},
		{"sleep.foo httpbin.bar --colour", "unknown flag"},
		{"sleep.foo httpbin.bar --jwt-env alice", "the archive has no alice.claims and no alice.jwt"},
		{"sleep.foo httpbin.bar --assume luck", `--assume "luck" is not known`},
		{"sleep.foo httpbin.bar -H x", "name: value"},
		{"sleep.foo httpbin.bar --now today", "today"},
	} {
		if _, err := a.question(c.line); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.line, err, c.want)
		}
	}
}
