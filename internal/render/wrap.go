package render

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// wrap breaks a text into lines of a width: at blanks, a word that is too long behind / . , or -, and else wherever it must. Nothing of
// the text is lost but the blanks at which it breaks. A width of 0 is no limit.
func wrap(text string, width int) []string {
	if width <= 0 || displaywidth.String(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && displaywidth.String(line)+1+displaywidth.String(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for displaywidth.String(word) > width {
			head, tail := cut(word, width)
			lines = append(lines, head)
			word = tail
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// cut takes off a word what fits.
func cut(word string, width int) (head, tail string) {
	used, end, soft := 0, 0, 0
	for i, r := range word {
		w := displaywidth.Rune(r)
		if used+w > width && i > 0 {
			break
		}
		used += w
		end = i + len(string(r))
		if strings.ContainsRune("/.,-]", r) && used > width/2 {
			soft = end
		}
	}
	if soft > 0 {
		end = soft
	}
	return word[:end], word[end:]
}
