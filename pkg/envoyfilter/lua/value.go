package lua

import (
	"math"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// A datum is a value while a script runs: nil, bool, float64, string, *record, *closure, native, stream, or unseen.
type datum any

// unseen is a value that the resources do not show.
type unseen struct {
	name string // what it is, as explanations name it: request.headers[x-user]
	expr string // how the script came to it; the same of both is the same value
	some bool   // it is not nil
}

// A record is a Lua table. What a script fills while it is loaded belongs to every request that follows.
type record struct {
	keys   []datum // in the order in which they came, as map keys have none
	fields map[datum]datum
	shared bool // filled while the script was loaded, by a script whose functions write into tables
}

// A closure is a function of the script.
type closure struct {
	fn  *ast.FunctionExpr
	env *scopes
}

// A native is a function of the library.
type native func(r *run, args []datum) []datum

// A stream is the handle, or what it hands out.
type stream struct {
	kind   string // handle, headers, or another thing that the handle gives
	source string // the name of that thing
}

// A cell holds a variable.
type cell struct {
	value  datum
	shared bool // filled while the script was loaded, so that another request may have changed it
}

// scopes are the variables that can be seen from somewhere.
type scopes struct {
	vars map[string]*cell
	up   *scopes
}

func (s *scopes) find(name string) *cell {
	for ; s != nil; s = s.up {
		if c, ok := s.vars[name]; ok {
			return c
		}
	}
	return nil
}

func (t *record) get(key datum) datum { return t.fields[key] }

func (t *record) set(key, value datum) {
	if _, has := t.fields[key]; !has {
		t.keys = append(t.keys, key)
	}
	t.fields[key] = value
}

// length is the border of a table that holds a list.
func (t *record) length() int {
	n := 0
	for t.fields[float64(n+1)] != nil {
		n++
	}
	return n
}

// text writes a number as LuaJIT does (LUAI_NUMFFORMAT, %.14g); empty for what it writes otherwise.
func text(n float64) (string, bool) {
	if n == math.Trunc(n) && math.Abs(n) < 1e14 {
		return strconv.FormatFloat(n, 'f', -1, 64), true
	}
	return "", false
}

// numeral reads a text as Lua converts texts to numbers, where it is written in the usual way.
func numeral(s string) (n float64, known, ok bool) {
	if s == "" {
		return 0, true, false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && c != '.' && c != '-' {
			return 0, !mayBeNumber(s), false // white space, exponents and other bases are left alone
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, true, err == nil
}

// mayBeNumber reports whether Lua may read a number where it is written in another way. A number has digits, but for those that are none.
func mayBeNumber(s string) bool {
	if low := strings.ToLower(s); strings.Contains(low, "nan") || strings.Contains(low, "inf") {
		return true
	}
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789abcdefABCDEFxXpP.+- \t\n\v\f\r") == ""
}
