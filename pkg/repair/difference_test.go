package repair

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestDifference takes the lines that a text has gained, and puts in those that it has lost: what comes of it is the text as it was.
func TestDifference(t *testing.T) {
	many := func(prefix string, n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprint(prefix, i)
		}
		return out
	}
	long := many("line ", 20_000)
	for _, test := range []struct {
		name         string
		old, new     []string
		added, taken int // at most
	}{
		{"nothing was there", nil, []string{"a", "b"}, 2, 0},
		{"the same", []string{"a"}, []string{"a"}, 0, 0},
		{"one in the middle", []string{"a", "b", "c"}, []string{"a", "x", "b", "c"}, 1, 0},
		{"one for another", []string{"a", "b", "c"}, []string{"a", "x", "c"}, 1, 1},
		{"lines that are alike", []string{"a", "a", "b", "a"}, []string{"a", "b", "a", "a"}, 1, 1},
		{"the last of many", long, append(slices.Clone(long), "x"), 1, 0},
		{"one of many", long, slices.Concat(long[:9_000], []string{"x"}, long[9_001:]), 1, 1},
		{"many for many", slices.Concat(long[:5], many("old ", 3_000), long[5:]), slices.Concat(long[:5], many("new ", 3_000), long[5:]), 3_000, 3_000},
	} {
		added, removed := difference(test.old, test.new)
		if len(added) > test.added || len(removed) > test.taken {
			t.Errorf("%s: %d lines added, %d removed; want at most %d and %d", test.name, len(added), len(removed), test.added, test.taken)
		}
		var was []string
		for i := 0; i <= len(test.new); i++ {
			for _, r := range removed {
				if r.Before == i {
					was = append(was, r.Text)
				}
			}
			if i < len(test.new) && !slices.Contains(added, i) {
				was = append(was, test.new[i])
			}
		}
		if !slices.Equal(was, test.old) {
			t.Errorf("%s: the change taken back makes %s", test.name, strings.Join(was[:min(len(was), 10)], " "))
		}
	}
}
