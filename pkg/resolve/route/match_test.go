package route

import (
	"regexp"
	"strings"
	"testing"

	networking "istio.io/api/networking/v1alpha3"
)

// An expression has to take the whole text. The second opinion puts it between anchors, which only works for what stays closed in brackets.
//
// go test ./pkg/resolve -run '^$' -fuzz FuzzFullMatch
func FuzzFullMatch(f *testing.F) {
	for _, expr := range []string{"", "a", "a|ab", "a)(b", "(?i)A", ".*", "a$", "^a", "a.b", "[", "(a)|b", "a{2}", `\z`, "a|b\\"} {
		for _, s := range []string{"", "a", "ab", "b", "A", "a\nb", "aa"} {
			f.Add(expr, s)
		}
	}
	f.Fuzz(func(t *testing.T, expr, s string) {
		want := false
		if _, err := regexp.Compile(expr); err == nil {
			re, err := regexp.Compile(`\A(?:` + expr + `)\z`)
			if err != nil {
				return // \Q without its \E
			}
			want = re.MatchString(s)
		}
		if got := fullMatch(expr, s); got != want {
			t.Errorf("%q takes %q: %v, want %v", expr, s, got, want)
		}
	})
}

// go test ./pkg/resolve -run '^$' -fuzz FuzzMatchURI
func FuzzMatchURI(f *testing.F) {
	for _, text := range []string{"", "/", "/a", "/a/", "/A", "/a/b", "//"} {
		for _, path := range []string{"", "/", "/a", "/a/", "/ab", "/a/b", "/A/B"} {
			for mode := range 8 {
				f.Add(text, path, mode)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text, path string, mode int) {
		exact, fold, api := mode&1 != 0, mode&2 != 0, mode&4 != 0
		m := &networking.HTTPMatchRequest{IgnoreUriCase: fold, Uri: &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: text}}}
		if exact {
			m.Uri = &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: text}}
		}
		a, b := text, path
		if fold {
			a, b = strings.ToLower(text), strings.ToLower(path)
		}
		want := false
		switch {
		case exact:
			want = a == b
		case api && text != "/":
			// Segment by segment, as the Gateway API says.
			whole := strings.TrimSuffix(a, "/")
			want = b == whole || strings.Index(b, whole+"/") == 0
		default:
			want = strings.Index(b, a) == 0
		}
		if got := matchURI(m, path, api); got != want {
			t.Errorf("%q (exact %v, fold %v, Gateway API %v) takes %q: %v, want %v", text, exact, fold, api, path, got, want)
		}
	})
}
