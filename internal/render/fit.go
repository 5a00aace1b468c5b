package render

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// least is the width below which the last column is not squeezed.
const least = 24

// fit wraps the last column to what the others leave of the width, and, where that is too little, the widest of the others with it.
func (p *printer) fit(header []string, rows [][]string) [][]string {
	if p.Width <= 0 {
		return rows
	}
	last := len(header) - 1
	widths := make([]int, len(header))
	for i, h := range header {
		widths[i] = displaywidth.String(h)
	}
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], visible(c))
		}
	}
	rest := func() int {
		used := 0
		for _, w := range widths[:last] {
			used += w + 2
		}
		return p.Width - used
	}
	for rest() < least {
		widest := 0
		for i, w := range widths[:last] {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 12 {
			break
		}
		widths[widest]--
	}
	widths[last] = max(rest(), least)
	balance(widths, rows)
	out := make([][]string, len(rows))
	for i, r := range rows {
		out[i] = make([]string, len(r))
		for j, c := range r {
			if strings.Contains(c, "\x1b") {
				out[i][j] = c // painted cells are short words
				continue
			}
			out[i][j] = strings.Join(wrap(c, widths[j]), "\n")
		}
	}
	return out
}

// balance gives of the widest column to the last one, where names that break there make for fewer lines in all.
func balance(widths []int, rows [][]string) {
	last, widest := len(widths)-1, 0
	for i, w := range widths[:last] {
		if w > widths[widest] {
			widest = i
		}
	}
	const (
		narrowest = 16
		worth     = 3 // lines: fewer are not worth a name in two parts
	)
	lines := func(less int) int {
		n := 0
		for _, r := range rows {
			if len(r) <= last {
				continue
			}
			n += max(len(wrap(r[widest], widths[widest]-less)), len(wrap(r[last], widths[last]+less)))
		}
		return n
	}
	best, fewest := 0, lines(0)-worth+1
	for less := 1; widths[widest]-less >= narrowest; less++ {
		if n := lines(less); n < fewest {
			best, fewest = less, n
		}
	}
	widths[widest] -= best
	widths[last] += best
}

// visible is the width of a text without the codes that paint it.
func visible(s string) int {
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return displaywidth.String(s)
		}
		j := strings.IndexByte(s[i:], 'm')
		if j < 0 {
			return displaywidth.String(s)
		}
		s = s[:i] + s[i+j+1:]
	}
}
