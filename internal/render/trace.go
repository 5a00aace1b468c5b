package render

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
)

// trace prints every candidate of every stage, and every comparison.
func (p *printer) trace(e *explain.Explanation) {
	for _, h := range e.Hops {
		p.line("")
		name := places[h.Role]
		if h.Proxy.Name != "" {
			name += " " + h.Proxy.Namespace + "/" + h.Proxy.Name
		}
		p.line(p.bold(Clean(name)))
		p.sees(h.Sees)
		for _, s := range h.Stages {
			p.lines("  "+s.Stage+"  ", Clean(strings.TrimSpace(s.Text)))
			for _, c := range s.Candidates {
				p.candidate(c)
			}
		}
	}
}

func (p *printer) sees(s explain.Sees) {
	var parts []string
	for _, x := range [][2]string{{"path", s.Path}, {"host", s.Authority}, {"source", s.SourceIP}, {"client", s.RemoteIP}, {"peer", s.Peer}, {"request principal", s.RequestPrincipal}, {"protocol", s.Protocol}, {"arrived", s.TLS}} {
		if x[1] != "" {
			parts = append(parts, x[0]+" "+x[1])
		}
	}
	if len(parts) > 0 {
		p.lines("  sees ", Clean(strings.Join(parts, ", ")))
	}
}

func (p *printer) candidate(c explain.Candidate) {
	mark := "-"
	if c.Applies {
		mark = "+"
	}
	text := Clean(c.Resource.String()) + "  " + catalogue.Text(c.Why)
	switch c.Matches {
	case "true":
		text += ", matches"
	case "false":
		if c.Applies {
			text += ", does not match"
		}
	case "unknown":
		text += ", may match"
	}
	if c.By != nil {
		text += ": " + Clean(c.By.ID())
	}
	p.lines("    "+mark+" ", text)
	for _, x := range c.Checks {
		p.lines("        "+marks[x.Is]+" ", Clean(x.Field)+": "+Clean(comparison(x)))
	}
}

// marks say whether a comparison holds.
var marks = map[string]string{"true": "ok", "false": "x ", "unknown": "? "}

// comparison is one of the request with what an object requires.
func comparison(x explain.Check) string {
	want := "[" + strings.Join(x.Want, ", ") + "]"
	got := x.Got
	if got == "" {
		got = "none"
	}
	not := strings.HasPrefix(lastField(x), "not")
	switch {
	case x.Is == "false" && strings.HasSuffix(x.Field, "]"):
		return got + "; required: " + want // a rule of a RequestAuthentication: what Envoy says of the token
	case x.Is == "unknown":
		return "unknown, compared with " + want
	case not && x.Is == "true":
		return got + " is not in " + want
	case not:
		return got + " is excluded by " + want
	case x.Is == "true":
		return got + " matches " + want
	}
	return got + " does not match " + want
}
