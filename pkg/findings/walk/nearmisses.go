package walk

import (
	"regexp"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

var entryOf = regexp.MustCompile(`\.(from|to)\[\d+\]`)

// wouldMatchWith reports whether a rule would match if one of its comparisons came out true: the others of its entry hold, all conditions do, and
// some entry of the other list.
func wouldMatchWith(c flow.Candidate, failing evidence.Check) bool {
	entries := map[string]bool{} // .from[0] -> all of it hold, but for the one in question
	own := entryOf.FindString(failing.Field)
	for _, x := range c.Checks {
		at := entryOf.FindString(x.Field)
		holds := x.Is == evidence.True || x.Field == failing.Field
		if so, seen := entries[at]; seen {
			holds = holds && so
		}
		entries[at] = holds
	}
	for _, list := range []string{".from", ".to", ""} {
		any, some := false, false
		for at, holds := range entries {
			if list == "" && at != "" || list != "" && !strings.HasPrefix(at, list+"[") {
				continue
			}
			any = true
			some = some || holds && (at == own || !strings.HasPrefix(own, list+"["))
		}
		if any && !some {
			return false
		}
	}
	return true
}

// Failing lists the comparisons of a field that fail in rules that do not match, with their rules.
func Failing(candidates []flow.Candidate, name string, f func(flow.Candidate, evidence.Check)) {
	for _, c := range candidates {
		if c.Matches != evidence.False {
			continue
		}
		for _, x := range c.Checks {
			if x.Is == evidence.False && strings.HasSuffix(x.Field, "."+name) && x.Got != "" && wouldMatchWith(c, x) {
				f(c, x)
			}
		}
	}
}
