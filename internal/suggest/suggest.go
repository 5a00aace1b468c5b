// Package suggest finds the names that somebody may have meant.
package suggest

import (
	"cmp"
	"slices"
	"strings"
)

// Names returns those of the candidates that are like the word, the likest first, at most n.
func Names(word string, candidates []string, n int) []string {
	type scored struct {
		name  string
		score int
	}
	var found []scored
	for _, c := range candidates {
		if d := Distance(strings.ToLower(word), strings.ToLower(c)); d <= limit(word) {
			found = append(found, scored{c, d})
		} else if len(word) >= 3 && (strings.Contains(c, word) || strings.Contains(word, c) && len(c) >= 3) {
			found = append(found, scored{c, limit(word) + d})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.name, b.name)) })
	var out []string
	for _, f := range found {
		if !slices.Contains(out, f.name) && len(out) < n {
			out = append(out, f.name)
		}
	}
	return out
}

// Hint is a question to end an error with; empty where nothing is like the word.
func Hint(word string, candidates []string) string {
	names := Names(word, candidates, 3)
	if len(names) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(names, ", ") + "?)"
}

// Within reports whether two words differ by at most a number of letters, small and capital ones being the same.
func Within(a, b string, letters int) bool {
	return Distance(strings.ToLower(a), strings.ToLower(b)) <= letters
}

func limit(word string) int { return max(1, len(word)/3) }

// Distance returns the number of letters to change, add, drop or swap to make one word of the other: the edit distance in which a swap of
// neighbours is one step (optimal string alignment).
func Distance(a, b string) int {
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := prev[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, prev[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}
