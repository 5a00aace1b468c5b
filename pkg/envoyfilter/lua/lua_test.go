package lua

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// describe writes what a script can do, one act a line.
func describe(s Script) string {
	var b strings.Builder
	if s.Refused {
		b.WriteString("refused\n")
	}
	if s.Opaque {
		b.WriteString("opaque\n")
	}
	for _, side := range []struct {
		name string
		Side
	}{{"request", s.Request}, {"response", s.Response}} {
		if side.Defined && len(side.Acts) == 0 {
			fmt.Fprintf(&b, "%s: nothing\n", side.name)
		}
		for _, a := range side.Acts {
			fmt.Fprintf(&b, "%s: line %d: %s", side.name, a.Line, act(a))
			if !a.Certain {
				b.WriteString(", perhaps")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func act(a Act) string {
	switch a.Kind {
	case Write:
		if a.Computed {
			return fmt.Sprintf("%s %q to what is computed", a.Op, a.Name)
		}
		return fmt.Sprintf("%s %q to %q", a.Op, a.Name, a.Value)
	case Respond:
		return fmt.Sprintf("respond %d %q %s", a.Status, a.Body, a.Location)
	case Call:
		return "call"
	}
	return "reroute"
}

func TestRead(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		c.Check(t, "acts", describe(Read(c.File("script.lua"))))
	})
}

// TestReadBounds: scripts that are made to be hard to read end, and count for anything.
func TestReadBounds(t *testing.T) {
	for name, text := range map[string]string{
		"deep":   "function envoy_on_request(h)\n" + strings.Repeat("if a then ", 5000) + strings.Repeat(" end", 5000) + "\nend",
		"parens": "function envoy_on_request(h)\nlocal x = " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000) + "\nend",
		"not":    "function envoy_on_request(h)\nlocal x = " + strings.Repeat("not ", 20000) + "1\nend",
		"long":   "-- " + strings.Repeat("x", longest),
		"code":   "\x1bLJ\x02",
	} {
		if s := Read(text); !s.Opaque && name != "parens" {
			t.Errorf("%s: read as %+v", name, s)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range golden.List(f, "testdata") {
		f.Add(c.File("script.lua"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := Read(text)
		if s.Refused && (s.Request.Defined || s.Response.Defined) {
			t.Error("refused, and does something")
		}
	})
}
