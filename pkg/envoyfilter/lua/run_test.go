package lua

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// message reads a message of a case: a header a line; one whose value is ? is not known, and all others are not there.
func message(text string) Message {
	m := Message{}
	headers, hidden := map[string][]string{}, map[string]bool{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case name == "response":
			m.Response = true
		case name == "plaintext":
			m.Plaintext = true
		case value == "?":
			hidden[name] = true
		default:
			headers[name] = append(headers[name], value)
		}
	}
	m.Lines = func(name string) ([]string, bool) { return headers[name], !hidden[name] }
	return m
}

func describeWays(text string, m Message) string {
	w, ok := Run(text, m)
	if !ok {
		return "not followed\n"
	}
	var b strings.Builder
	for _, acts := range w.Each {
		if len(w.Each) > 1 {
			b.WriteString("either\n")
		}
		if len(acts) == 0 {
			b.WriteString("  nothing\n")
		}
		for _, a := range acts {
			fmt.Fprintf(&b, "  line %d: %s\n", a.Line, act(a))
		}
	}
	if len(w.Depends) > 0 {
		fmt.Fprintf(&b, "depends on %s\n", strings.Join(w.Depends, ", "))
	}
	return b.String()
}

// TestRun follows scripts for the messages of each case.
func TestRun(t *testing.T) {
	golden.Cases(t, "testdata/run", func(t *testing.T, c *golden.Case) {
		for i := 1; c.File(strconv.Itoa(i)+".message") != ""; i++ {
			n := strconv.Itoa(i)
			c.Check(t, n+".ways", describeWays(c.File("script.lua"), message(c.File(n+".message"))))
		}
	})
}

// TestRunEnds: scripts that go on for ever, grow, or are made to be slow are given up.
func TestRunEnds(t *testing.T) {
	for name, body := range map[string]string{
		"loop":    "while true do end",
		"repeat":  "repeat local x = 1 until false",
		"recurse": "local function f() return f() + 1 end",
		"call":    "function g() g() end g()",
		"grow":    "local s = 'x' for i = 1, 100 do s = s .. s end",
		"rep":     "local s = string.rep('x', 1e9)",
		"table":   "local t = {} for i = 1, 1e9 do t[i] = i end",
		"forks":   "for i = 1, 40 do if h:headers():get('q' .. i) then h:headers():add('x' .. i, '1') end end",
		"pattern": "local s = string.rep('a', 4000) string.find(s, '.-.-.-.-.-.-b')",
		"goto":    "goto out ::out::",
		"thread":  "coroutine.wrap(function() end)()",
	} {
		m := Message{Lines: func(name string) ([]string, bool) { return nil, !strings.HasPrefix(name, "q") }}
		if w, ok := Run("function envoy_on_request(h) "+body+" end", m); ok && name != "recurse" {
			t.Errorf("%s: %+v", name, w)
		}
	}
}

// FuzzRun: no script gets out of its bounds, and one that is followed does nothing but what was read from its text.
//
//	go test ./pkg/envoyfilter/lua -fuzz FuzzRun -fuzztime 1m
func FuzzRun(f *testing.F) {
	for _, c := range append(golden.List(f, "testdata"), golden.List(f, "testdata/run")...) {
		f.Add(c.File("script.lua"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, response := range []bool{false, true} {
			m := Message{Response: response, Lines: func(name string) ([]string, bool) { return []string{"1"}, len(name)%2 == 0 }}
			w, ok := Run(text, m)
			read := Read(text)
			if !ok || read.Opaque {
				continue
			}
			side := read.Request
			if response {
				side = read.Response
			}
			for _, acts := range w.Each {
				for _, a := range acts {
					if !may(side, a) {
						t.Fatalf("%q: %+v was not read: %+v", text, a, side)
					}
				}
			}
		}
	})
}

// may reports whether an act was read from the text of the script.
func may(s Side, a Act) bool {
	for _, x := range s.Acts {
		name := headerName(x.Name)
		if x.Kind == a.Kind && (a.Kind != Write || x.Op == a.Op && (x.Name == "" || name == a.Name)) && (a.Kind != Respond || x.Status == 0 || x.Status == a.Status) {
			return true
		}
	}
	return false
}
