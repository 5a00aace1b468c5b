package lua

import (
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/pm"
)

// What bounds a search, which tries all ways that a pattern can match: the repetitions of a pattern, and the bytes of the text.
const (
	mostRepeats = 4
	mostSought  = 1 << 12
)

// search finds the places at which a pattern matches a text, so many at most (-1 for all), from a position on that counts from 0.
func search(pattern, s string, from, limit int) []*pm.MatchData {
	repeats := strings.Count(pattern, "*") + strings.Count(pattern, "+") + strings.Count(pattern, "-") + strings.Count(pattern, "?")
	if repeats > mostRepeats && len(s) > 256 || repeats > 3*mostRepeats || len(s) > mostSought || strings.Contains(pattern, "%f") || strings.Contains(pattern, "%b") {
		panic(undecided{})
	}
	found, err := pm.Find(pattern, []byte(s), from, limit)
	if err != nil {
		panic(failure{})
	}
	return found
}

// captures are what a match captures, or all of it where the pattern captures nothing.
func captures(m *pm.MatchData, s string) []datum {
	first := 2
	if m.CaptureLength() == 2 {
		first = 0
	}
	var out []datum
	for i := first; i < m.CaptureLength(); i += 2 {
		if m.IsPosCapture(i) {
			out = append(out, float64(m.Capture(i)+1))
			continue
		}
		out = append(out, s[m.Capture(i):m.Capture(i+1)])
	}
	return out
}

// sought are the text and the pattern of a search, if both are known.
func (r *run) sought(args []datum) (s, pattern string, known bool) {
	s, known1 := r.text(at(args, 0))
	pattern, known2 := r.text(at(args, 1))
	return s, pattern, known1 && known2
}

// unknownMatch is what a search gives that cannot be made: nothing, or the values of a match.
func (r *run) unknownMatch(how string, args []datum) []datum {
	pattern, ok := r.known(at(args, 1)).(string)
	if !ok {
		panic(undecided{})
	}
	u := derived(how, args[:min(len(args), 3)]...)
	if !r.choose(u.name, u.expr+" is there") {
		return []datum{nil}
	}
	n := strings.Count(strings.ReplaceAll(pattern, "%(", ""), "(")
	if how == "find" {
		n += 2
	}
	out := []datum{u}
	for i := 2; i <= n; i++ {
		more := u
		more.expr += " " + strconv.Itoa(i)
		out = append(out, more)
	}
	return out
}

func (r *run) start(s string, v datum) (int, bool) {
	if v == nil {
		return 0, true
	}
	n := int(r.number(v))
	if n < 0 {
		n = max(len(s)+n+1, 1)
	}
	n = max(n, 1)
	return n - 1, n-1 <= len(s)
}

func find(r *run, args []datum) []datum {
	s, pattern, known := r.sought(args)
	if !known {
		return r.unknownMatch("find", args)
	}
	from, in := r.start(s, at(args, 2))
	if !in {
		return []datum{nil}
	}
	if r.truth(at(args, 3)) || !strings.ContainsAny(pattern, "^$*+?.([%-") {
		i := strings.Index(s[from:], pattern)
		if i < 0 {
			return []datum{nil}
		}
		return []datum{float64(from + i + 1), float64(from + i + len(pattern))}
	}
	found := search(pattern, s, from, 1)
	if len(found) == 0 {
		return []datum{nil}
	}
	out := []datum{float64(found[0].Capture(0) + 1), float64(found[0].Capture(1))}
	if found[0].CaptureLength() > 2 {
		out = append(out, captures(found[0], s)...)
	}
	return out
}

func match(r *run, args []datum) []datum {
	s, pattern, known := r.sought(args)
	if !known {
		return r.unknownMatch("match", args)
	}
	from, in := r.start(s, at(args, 2))
	if !in {
		return []datum{nil}
	}
	if found := search(pattern, s, from, 1); len(found) > 0 {
		return captures(found[0], s)
	}
	return []datum{nil}
}

func gmatch(r *run, args []datum) []datum {
	s, pattern, known := r.sought(args)
	if !known {
		panic(undecided{})
	}
	found := search(pattern, s, 0, -1)
	i := 0
	return []datum{native(func(*run, []datum) []datum {
		if i == len(found) {
			return []datum{nil}
		}
		i++
		return captures(found[i-1], s)
	})}
}

func gsub(r *run, args []datum) []datum {
	s, pattern, known := r.sought(args)
	by, plain := r.known(at(args, 2)).(string)
	if !known && plain {
		return []datum{derived("gsub", args...), derived("gsub count", args...)}
	}
	if !known || !plain || at(args, 3) != nil || strings.Contains(by, "%") || strings.HasPrefix(pattern, "^") {
		panic(undecided{})
	}
	found := search(pattern, s, 0, -1)
	var b strings.Builder
	last := 0
	for _, m := range found {
		b.WriteString(s[last:m.Capture(0)])
		b.WriteString(by)
		last = m.Capture(1)
	}
	b.WriteString(s[last:])
	if b.Len() > mostBytes {
		panic(undecided{})
	}
	return []datum{b.String(), float64(len(found))}
}
