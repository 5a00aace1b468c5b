package evidence

import (
	"slices"
	"strings"
)

// Nearest picks of the entries that stand beside each other in from, and in to, the one with the fewest failures, and returns what fails
// in them and in the conditions, which must all hold.
func Nearest(checks []Check) (failing []Check, total int) {
	type entry struct {
		key    string
		checks []Check
		fails  int
	}
	var lists []string
	entries := map[string][]*entry{}
	for _, c := range checks {
		list, key := entryOf(c.Field)
		if _, ok := entries[list]; !ok {
			lists = append(lists, list)
		}
		i := slices.IndexFunc(entries[list], func(e *entry) bool { return e.key == key })
		if i < 0 {
			i = len(entries[list])
			entries[list] = append(entries[list], &entry{key: key})
		}
		e := entries[list][i]
		e.checks = append(e.checks, c)
		if c.Is != True {
			e.fails++
		}
	}
	for _, list := range lists {
		best := entries[list][0]
		for _, e := range entries[list] {
			if e.fails < best.fails {
				best = e
			}
		}
		total += len(best.checks)
		for _, c := range best.checks {
			if c.Is != True {
				failing = append(failing, c)
			}
		}
	}
	return failing, total
}

// entryOf finds the list and the entry that a field stands in: the last from or to with a number, as in spec.rules[0].to[1].operation.paths.
func entryOf(field string) (list, entry string) {
	at := max(strings.LastIndex(field, ".from["), strings.LastIndex(field, ".to["))
	if at < 0 {
		return "", ""
	}
	open := at + strings.IndexByte(field[at:], '[')
	number, _, closed := strings.Cut(field[open+1:], "]")
	if !closed || number == "" || strings.Trim(number, "0123456789") != "" {
		return "", ""
	}
	return field[:open], number
}
