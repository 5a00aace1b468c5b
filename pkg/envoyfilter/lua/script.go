// Package lua reads what the text of Envoy's Lua filter can do to a request, without running it.
//
// A script is parsed, and the calls that it makes on the handle of the stream are listed. What stands on the straight line from the
// beginning of envoy_on_request, with constant arguments, is certain; what stands behind a condition, in a loop, or behind a call that may
// fail is not. The API is that of Envoy (source/extensions/filters/http/lua and its documentation).
package lua

import (
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Script is what a script can do.
type Script struct {
	// Refused reports that the script does not compile, so that the proxy takes no configuration with it.
	Refused bool
	// Opaque reports that the text cannot be read, or that it leaves the stream to code that is not in it: it can do anything.
	Opaque bool
	// Request and Response are what envoy_on_request and envoy_on_response do.
	Request, Response Side
}

// Side is what one of the two functions of a script does.
type Side struct {
	Defined bool
	Acts    []Act // in the order of the text; what the functions do that it names stands at the end
}

// Kind is the kind of an act.
type Kind int

// The kinds of acts.
const (
	Write   Kind = iota // changes a header of the message
	Respond             // answers the request; nothing of the script runs behind it
	Call                // calls another service
	Reroute             // has the route or the endpoint chosen again
)

// Act is one thing that a script does, or may do.
type Act struct {
	Kind    Kind
	Certain bool // it happens to every message
	Line    int  // of the script, from 1

	Op       string // Write: add, replace or remove
	Name     string // Write: the header, in small letters; empty where it is computed
	Value    string // Write: what is written
	Computed bool   // Write: the value is not constant

	Status   int    // Respond: 0 where it is computed
	Body     string // Respond: empty where it is computed
	Location string // Respond: the header of that name, where it is constant
}

// beyond is what LuaJIT reads and the parser does not, or reads otherwise: escapes in strings, numbers of 64 bits, complex numbers,
// fractions in base 16.
var beyond = regexp.MustCompile(`\\[xzu]|\b0[xX][0-9a-fA-F.]*[pP]|\b[0-9][0-9a-fA-FxX]*([uU]?[lL][lL]|i)\b`)

// longest is how long a script may be to be read, in bytes.
const longest = 1 << 20

// Read reads a script.
func Read(text string) Script {
	return parsed(text).script()
}

// program is a script whose text has been parsed; its syntax is not changed any more.
type program struct {
	chunk   []ast.Stmt
	unread  bool // it cannot be read
	refused bool // it does not compile
	script  func() Script
	keeps   func() (keptNames, bool) // what [Run] has to know of the whole text; not ok where the text reaches for what is not in it
}

var programs sync.Map // string -> *program

// parsed parses a text, once: every request that passes a filter asks for it.
func parsed(text string) *program {
	if p, ok := programs.Load(text); ok {
		return p.(*program)
	}
	p := &program{}
	if p.unread = len(text) > longest || strings.HasPrefix(text, "\x1b") || beyond.MatchString(text); !p.unread { // an escape character begins compiled code
		chunk, err := parse.Parse(strings.NewReader(text), "")
		p.chunk, p.refused = chunk, err != nil
	}
	p.script = sync.OnceValue(func() Script {
		if p.unread || p.refused {
			return Script{Opaque: p.unread, Refused: p.refused}
		}
		r := newReader()
		r.chunk(p.chunk)
		return Script{Request: r.side("envoy_on_request"), Response: r.side("envoy_on_response"), Opaque: r.opaque}
	})
	p.keeps = sync.OnceValues(func() (keptNames, bool) {
		r := newReader()
		each(p.chunk, 0, r.survey)
		return kept(p.chunk), !r.opaque
	})
	stored, _ := programs.LoadOrStore(text, p)
	return stored.(*program)
}
