package render

import (
	"strconv"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/internal/glyph"
)

// Clean makes text from a cluster, a file or a request safe to print: what hides is written out.
func Clean(s string) string { return glyph.Clean(s) }

// CleanLines is [Clean] for text of several lines.
func CleanLines(s string) string { return glyph.CleanLines(s) }

// longest is how many characters of a cell, or of a line of text, are shown. What resources are called is far shorter; JSON and YAML have all
// of what somebody made longer.
const longest = 1_000

// bounded cuts what is too long for anybody to read, and says by how much.
func bounded(s string) string {
	if len(s) <= longest {
		return s
	}
	n := 0
	for i := range s {
		if n == longest {
			return s[:i] + "... (" + strconv.Itoa(utf8.RuneCountInString(s[i:])) + " more characters)"
		}
		n++
	}
	return s
}
