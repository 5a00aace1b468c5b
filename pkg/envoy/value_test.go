package envoy_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

// matches is the obvious way: one star at the beginning, or else at the end, stands for anything; "*" alone for something.
func matches(value, s string, empty bool) bool {
	expr := regexp.QuoteMeta(value)
	switch {
	case value == "*" && empty:
		expr = `.*`
	case value == "*":
		expr = `.+`
	case strings.HasPrefix(value, "*"):
		expr = `.*` + regexp.QuoteMeta(value[1:])
	case strings.HasSuffix(value, "*"):
		expr = regexp.QuoteMeta(value[:len(value)-1]) + `.*`
	}
	return regexp.MustCompile(`\A(?s:` + expr + `)\z`).MatchString(s)
}

// go test ./pkg/envoy -run '^$' -fuzz FuzzPattern
func FuzzPattern(f *testing.F) {
	values := []string{"", "*", "**", "a", "a*", "*a", "*a*", "a*b", "/ip", "/IP*", "*.Example.com", "\xf8"}
	for _, v := range values {
		for _, s := range []string{"", "a", "ab", "ba", "*", "*a", "a*", "/ip", "/ip/x", "www.example.com", "a*b"} {
			f.Add(v, s)
		}
	}
	f.Fuzz(func(t *testing.T, value, s string) {
		if !utf8.ValidString(value) || !utf8.ValidString(s) {
			return // which expressions do not take
		}
		p := envoy.ParsePattern(value)
		if got, want := p.Match(s), matches(value, s, false); got != want {
			t.Errorf("%q matches %q: %v, want %v", value, s, got, want)
		}
		if got, want := p.MatchHeader(s), matches(value, s, true); got != want {
			t.Errorf("%q matches header %q: %v, want %v", value, s, got, want)
		}
		if got, want := p.MatchFold(s), matches(strings.ToLower(value), strings.ToLower(s), true); got != want {
			t.Errorf("%q matches %q without case: %v, want %v", value, s, got, want)
		}
	})
}

// segments matches a template the slow way: segment by segment, and {**} by trying every number of them.
func segments(template, path []string) bool {
	if len(template) == 0 {
		return len(path) == 0
	}
	switch head := template[0]; head {
	case "**":
		for n := range len(path) + 1 {
			if n > 0 && !only(strings.Join(path[:n], "/"), true) {
				break
			}
			// {**} stands for at least one segment, which may be empty.
			if n > 0 && segments(template[1:], path[n:]) {
				return true
			}
		}
		return false
	case "*":
		return len(path) > 0 && path[0] != "" && only(path[0], false) && segments(template[1:], path[1:])
	default:
		return len(path) > 0 && path[0] == head && segments(template[1:], path[1:])
	}
}

func only(s string, slash bool) bool {
	const chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()+,;:@=*"
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(chars, r) && !(slash && r == '/') }) < 0
}

// go test ./pkg/envoy -run '^$' -fuzz FuzzTemplate
func FuzzTemplate(f *testing.F) {
	templates := []string{"/{*}", "/{**}", "/a/{*}/b", "/a/{**}", "/a/{**}/b", "/{*}/{**}", "/{**}/{*}", "/{**}/{**}", "/a{*}", "{*}", "/{*}x/y", "/a/{b}/{*}", "/*{*}", "/\xde", "/", ""}
	for _, v := range templates {
		for _, p := range []string{"", "/", "/a", "/a/", "/a//b", "/a/x/b", "/a/x/y/b", "/a/x", "/x/y", "/a/é/b", "/a/%20/b"} {
			f.Add(v, p)
		}
	}
	f.Fuzz(func(t *testing.T, value, path string) {
		tpl := envoy.ParseTemplate(value)
		if tpl == nil {
			if tpl.Match(path) {
				t.Errorf("%q is no template, and matches %q", value, path)
			}
			return
		}
		// Istio takes the braces off first, so that *{*} is ** as well.
		bare := strings.ReplaceAll(strings.ReplaceAll(value, "{**}", "**"), "{*}", "*")
		parts := strings.Split(strings.TrimPrefix(bare, "/"), "/")
		want := strings.HasPrefix(path, "/") && segments(parts, strings.Split(strings.TrimPrefix(path, "/"), "/"))
		if got := tpl.Match(path); got != want {
			t.Errorf("%q matches %q: %v, want %v", value, path, got, want)
		}
	})
}
