package envoy

import (
	"regexp"
	"strings"
	"testing"
)

// An expression has to take the whole text. The second opinion puts it between anchors, which only works for what stays closed in brackets.
//
// go test ./pkg/envoy -run '^$' -fuzz FuzzExpression
func FuzzExpression(f *testing.F) {
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
		got, known := ParseExpression(expr).Full(s)
		if known && got != want {
			t.Errorf("%q takes %q: %v, want %v", expr, s, got, want)
		}
	})
}

func TestExpressionsThatTakeTooLong(t *testing.T) {
	long := strings.Repeat("a", 5000)
	for _, x := range []struct {
		expr, text         string
		refused, is, known bool
	}{
		{"/a+", "/aaa", false, true, true},
		{"/a+", "/aab", false, false, true},
		{"(a", "(a", true, false, true},
		{strings.Repeat("(a*)*", 5000), long, false, false, false},
		{strings.Repeat("(a*)*", 50000), "a", true, false, false},
		{strings.Repeat(`[\p{L}\p{N}]{1,1000}`, 100), long, true, false, false},
		{"((a{1,100}){1,100}){1,100}", "a", true, false, true},
		{"[ab]{1,1000}", long[:1000], false, true, true},
		{"[ab]{1,1000}", long, false, false, true},
	} {
		e := ParseExpression(x.expr)
		for range 2 { // the second time it may be remembered
			is, known := e.Full(x.text)
			if e.Refused() != x.refused || is != x.is || known != x.known {
				t.Errorf("%.30s on %d bytes: refused %v, is %v, known %v, want %v, %v, %v", x.expr, len(x.text), e.Refused(), is, known, x.refused, x.is, x.known)
			}
		}
		got, known := e.Replace(x.text, "$")
		if known != x.known || known && x.is && got != "$" {
			t.Errorf("%.30s on %d bytes replaced: %.20s, known %v", x.expr, len(x.text), got, known)
		}
	}
}
