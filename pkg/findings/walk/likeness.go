package walk

import (
	"regexp"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
)

// renamed are the endings that rollouts give to the labels of what they roll out.
var renamed = regexp.MustCompile(`^-(primary|canary|stable|preview|blue|green|v?[0-9]+)$`)

var digits = regexp.MustCompile(`[0-9]+`)

// Alike tells two words of which one was surely meant for the other: other case, a letter or two, an ending that a rollout adds. Words
// that differ in their numbers alone, or in a short ending, are two names on purpose.
func Alike(a, b string) bool {
	if a == b || a == "" || b == "" {
		return false
	}
	if strings.EqualFold(a, b) || extends(a, b) || extends(b, a) {
		return true
	}
	if digits.ReplaceAllString(a, "0") == digits.ReplaceAllString(b, "0") || siblings(a, b) {
		return false
	}
	short := min(len(a), len(b))
	return short >= 5 && suggest.Distance(a, b) <= max(1, short/4)
}

// siblings tells service-a and service-b, app-eu and app-us.
func siblings(a, b string) bool {
	i, j := strings.LastIndexAny(a, "-./"), strings.LastIndexAny(b, "-./")
	const short = 3
	return i > 0 && i == j && a[:i] == b[:j] && len(a)-i-1 <= short && len(b)-j-1 <= short
}

func extends(long, short string) bool {
	rest, ok := strings.CutPrefix(long, short)
	return ok && renamed.MatchString(rest)
}
