package meaning

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
)

// TestPlaceholders: every sentence that takes arguments has a name for each, so that it can be shown without an occasion, and no sentence has
// names that it does not use.
func TestPlaceholders(t *testing.T) {
	for _, code := range catalogue.Codes() {
		e, _ := catalogue.Lookup(code)
		names := strings.Fields(placeholders[code])
		most := 0
		for _, m := range factIn.FindAllStringSubmatch(e.Text, -1) {
			n, _ := strconv.Atoi(m[1])
			most = max(most, n+1)
		}
		if len(names) != most {
			t.Errorf("%s: %q wants %d names, there are %q", code, e.Text, most, names)
			continue
		}
		for n, name := range names {
			if used := strings.Contains(e.Text, "{"+strconv.Itoa(n)+"}"); used != (name != "-") {
				t.Errorf("%s: argument %d is named %s in %q", code, n, name, e.Text)
			}
		}
	}
	for code := range placeholders {
		if _, ok := catalogue.Lookup(code); !ok {
			t.Errorf("%s has placeholders and is no code", code)
		}
	}
}

var factIn = regexp.MustCompile(`\{(\d+)\}`)

var hole = regexp.MustCompile(`\{|\}|\(\)|  | [,;:]|^\s|\s$|\[|\]`)

// TestMeanings: all that can be explained has a title without holes.
func TestMeanings(t *testing.T) {
	for _, m := range AllMeanings() {
		if m.Title == "" || m.Kind == ofAnswers && hole.MatchString(m.Title) {
			t.Errorf("%s: %q", m.Code, m.Title)
		}
	}
	for _, code := range []string{"RBACNoAllowMatched", "rbacnoallowmatched", "denied[RBACNoAllowMatched]:", "[Reached]", "UF", "403", "via_upstream", "no_healthy_upstream"} {
		if len(Meanings(code)) != 1 {
			t.Errorf("%s has %d meanings", code, len(Meanings(code)))
		}
	}
	if got := Meanings("UF,URX"); len(got) != 2 {
		t.Errorf("UF,URX has %d meanings", len(got))
	}
	if got := Meanings("nosuch"); got != nil {
		t.Errorf("nosuch: %v", got)
	}
	for _, c := range Explainable() {
		if len(Meanings(c)) == 0 {
			t.Errorf("%s is listed and has no meaning", c)
		}
	}
}
