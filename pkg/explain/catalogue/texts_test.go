package catalogue

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ofOneStage are sentences that take what they need of the arguments that one stage gives to all of its sentences (peerAuthentication in
// pkg/resolve: the mode, the class of the port, the caller's identity, why it is wrapped so).
var ofOneStage = []string{"MutualTLS", "MutualTLSTCP", "PlaintextRefused", "TunnelHTTP", "TunnelTCP"}

var factIn = regexp.MustCompile(`\{(\d+)\}`)

// The arguments of a text are numbered without gaps, and no text leaves a mark of its template behind, however few arguments there are.
func TestTexts(t *testing.T) {
	for code, e := range entries {
		if e.Code != code {
			t.Errorf("%s: its entry says %s", code, e.Code)
		}
		most := -1
		has := map[int]bool{}
		for _, m := range factIn.FindAllStringSubmatch(e.Text, -1) {
			n, _ := strconv.Atoi(m[1])
			has[n] = true
			most = max(most, n)
		}
		if len(has) != most+1 && !slices.Contains(ofOneStage, code) {
			t.Errorf("%s: the args of %q have gaps", code, e.Text)
		}
		if factIn.MatchString(e.Since + e.Long + e.Help) {
			t.Errorf("%s: args are filled into Text only", code)
		}
		if strings.Count(e.Text, "[") != strings.Count(e.Text, "]") {
			t.Errorf("%s: brackets of %q do not match", code, e.Text)
		}
		var args []string
		for range most + 3 {
			if s := Text(code, args...); strings.ContainsAny(s, "[]") || factIn.MatchString(s) {
				t.Errorf("%s with %d args: %q", code, len(args), s)
			}
			for n := range args {
				if has[n] && len(args) > most && !strings.Contains(Text(code, args...), args[n]) {
					t.Errorf("%s: %q lacks argument %d", code, Text(code, args...), n)
				}
			}
			args = append(args, "fact"+strconv.Itoa(len(args)))
		}
		for _, s := range []string{e.Text, e.Since, e.Help} {
			if strings.HasSuffix(s, ".") || strings.Contains(s, "  ") || strings.TrimSpace(s) != s {
				t.Errorf("%s: %q is a clause; it has no full stop and no stray space", code, s)
			}
		}
	}
	if Text("") != "" || Text("NoSuchCode") != "NoSuchCode" {
		t.Error("a code without an entry stands for itself")
	}
}

// go test ./pkg/explain -run '^$' -fuzz FuzzFill
func FuzzFill(f *testing.F) {
	for _, s := range []string{"", "{0} of {1}", "a[ ({1})]", "[", "{", "{-1}", "[{0}", "}{", "[[{0}]]", "{9999999999999999999999}", "[]{0}["} {
		f.Add(s, "one", "")
	}
	f.Fuzz(func(t *testing.T, template, a, b string) {
		fill(template, []string{a, b})
		fill(template, nil)
		if !strings.ContainsAny(template, "{[") && fill(template, []string{a, b}) != template {
			t.Errorf("%q is changed", template)
		}
	})
}
