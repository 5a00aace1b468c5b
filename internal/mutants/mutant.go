package main

import (
	"fmt"
	"strings"
)

// mutant is a change that breaks a rule.
type mutant struct {
	name     string // what it breaks
	file     string
	old, new []string // lines, without the blanks before them
}

// parse reads mutants: a line with # and a name, one with the file, then the lines that go, behind -, and those that come, behind +.
func parse(text string) ([]mutant, error) {
	var out []mutant
	for i, line := range strings.Split(text, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case line == "":
			continue
		case kind == "#":
			out = append(out, mutant{name: rest})
			continue
		case len(out) == 0:
			return nil, fmt.Errorf("line %d: a mutant begins with # and what it breaks", i+1)
		}
		m := &out[len(out)-1]
		switch {
		case kind == "-":
			m.old = append(m.old, rest)
		case kind == "+":
			m.new = append(m.new, rest)
		case m.file != "":
			return nil, fmt.Errorf("line %d: %s names a second file", i+1, m.name)
		default:
			m.file = line
		}
	}
	for _, m := range out {
		if m.file == "" || len(m.old) == 0 {
			return nil, fmt.Errorf("%s: it names no file, or no lines", m.name)
		}
	}
	return out, nil
}

// apply changes the text of the file. The lines that go have to stand in it once, one below the other.
func (m mutant) apply(text string) (string, error) {
	lines := strings.Split(text, "\n")
	at := -1
	for i := range lines {
		if !m.standsAt(lines[i:]) {
			continue
		}
		if at >= 0 {
			return "", fmt.Errorf("its lines stand in %s at %d and at %d; take more of them", m.file, at+1, i+1)
		}
		at = i
	}
	if at < 0 {
		return "", fmt.Errorf("its lines do not stand in %s", m.file)
	}
	out := append(append(append([]string{}, lines[:at]...), m.new...), lines[at+len(m.old):]...)
	return strings.Join(out, "\n"), nil
}

func (m mutant) standsAt(lines []string) bool {
	if len(lines) < len(m.old) {
		return false
	}
	for i, l := range m.old {
		if strings.TrimSpace(lines[i]) != l {
			return false
		}
	}
	return true
}
