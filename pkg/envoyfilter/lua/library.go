package lua

import (
	"math"
	"strconv"
	"strings"
)

// standard are the globals that scripts use. What is missing here makes a script one that cannot be followed.
var standard map[string]datum

// strings5 is the table of the functions on texts, which texts have as methods too.
var strings5 *record

func init() {
	strings5 = fields(map[string]native{"lower": onText("lower", strings.ToLower), "upper": onText("upper", strings.ToUpper), "len": length, "sub": substring, "rep": repeat, "reverse": reverse,
		"byte": byteAt, "char": char, "format": format, "find": find, "match": match, "gmatch": gmatch, "gsub": gsub})
	standard = map[string]datum{
		"string": strings5,
		"table":  fields(map[string]native{"insert": insert, "concat": join, "getn": nil, "remove": nil, "sort": nil}),
		"math": fields(map[string]native{"floor": onNumber(math.Floor), "ceil": onNumber(math.Ceil), "abs": onNumber(math.Abs), "max": nil, "min": nil,
			"random": hidden("math.random"), "randomseed": nothing}),
		"os":       fields(map[string]native{"time": hidden("time"), "clock": hidden("time"), "date": hidden("time"), "getenv": hidden("os.getenv")}),
		"tostring": native(tostring), "tonumber": native(tonumber), "type": native(typeOf), "ipairs": native(ipairs), "pairs": native(pairs), "pcall": native(pcall),
		"error": native(fails), "assert": native(asserts), "print": native(nothing), "unpack": native(unpack),
	}
}

// fields makes a table of functions; one that is nil is not worked out.
func fields(of map[string]native) *record {
	t := &record{fields: map[datum]datum{}}
	for name, f := range of {
		if f == nil {
			f = func(*run, []datum) []datum { panic(undecided{}) }
		}
		t.fields[name] = f
	}
	return t
}

func nothing(*run, []datum) []datum { return nil }

func hidden(name string) native {
	return func(*run, []datum) []datum { return []datum{unseen{name: name, expr: name}} }
}

func fails(*run, []datum) []datum { panic(failure{}) }

func asserts(r *run, args []datum) []datum {
	if !r.truth(at(args, 0)) {
		panic(failure{})
	}
	return args
}

// onText is a function from a text to a text.
func onText(name string, f func(string) string) native {
	return func(r *run, args []datum) []datum {
		s, known := r.text(at(args, 0))
		if !known {
			return []datum{derived(name, at(args, 0))}
		}
		return []datum{f(s)}
	}
}

func onNumber(f func(float64) float64) native {
	return func(r *run, args []datum) []datum { return []datum{f(r.number(at(args, 0)))} }
}

func length(r *run, args []datum) []datum {
	s, known := r.text(at(args, 0))
	if !known {
		return []datum{derived("#", at(args, 0))}
	}
	return []datum{float64(len(s))}
}

// span turns the positions of a part of a text into ones that count from 0; negative positions count from the end.
func span(n int, from, to float64) (int, int) {
	if from < 0 {
		from = max(float64(n)+from+1, 1)
	}
	if to < 0 {
		to = float64(n) + to + 1
	}
	from, to = max(from, 1), min(to, float64(n))
	if from > to {
		return 0, 0
	}
	return int(from) - 1, int(to)
}

func substring(r *run, args []datum) []datum {
	s, known := r.text(at(args, 0))
	if !known {
		return []datum{derived("sub", args...)}
	}
	from, to := r.number(at(args, 1)), -1.0
	if at(args, 2) != nil {
		to = r.number(at(args, 2))
	}
	i, j := span(len(s), from, to)
	return []datum{s[i:j]}
}

func repeat(r *run, args []datum) []datum {
	s, known := r.text(at(args, 0))
	n := r.number(at(args, 1))
	if !known || n*float64(len(s)) > mostBytes {
		panic(undecided{})
	}
	return []datum{strings.Repeat(s, int(max(n, 0)))}
}

func reverse(r *run, args []datum) []datum {
	s, known := r.text(at(args, 0))
	if !known {
		return []datum{derived("reverse", at(args, 0))}
	}
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return []datum{string(b)}
}

func byteAt(r *run, args []datum) []datum {
	s, known := r.text(at(args, 0))
	from := 1.0
	if at(args, 1) != nil {
		from = r.number(at(args, 1))
	}
	if !known || at(args, 2) != nil {
		panic(undecided{})
	}
	i, j := span(len(s), from, from)
	if i == j {
		return nil
	}
	return []datum{float64(s[i])}
}

func char(r *run, args []datum) []datum {
	var b strings.Builder
	for _, a := range args {
		n := r.number(a)
		if n < 0 || n > 255 {
			panic(failure{})
		}
		b.WriteByte(byte(n))
	}
	return []datum{b.String()}
}

// format writes values by a pattern; of what can stand in one, %s, %d and %% are worked out.
func format(r *run, args []datum) []datum {
	pattern, known := r.text(at(args, 0))
	if !known {
		panic(undecided{})
	}
	var b strings.Builder
	hidden, next := false, 1
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		switch {
		case i < len(pattern) && pattern[i] == '%':
			b.WriteByte('%')
		case i < len(pattern) && (pattern[i] == 's' || pattern[i] == 'd') && next < len(args):
			s, plain := r.text(tostring(r, args[next:next+1])[0])
			if n, ok := r.known(args[next]).(float64); pattern[i] == 'd' && plain && (!ok || n != math.Trunc(n)) {
				panic(undecided{})
			}
			b.WriteString(s)
			hidden, next = hidden || !plain, next+1
		default:
			panic(undecided{})
		}
		if b.Len() > mostBytes {
			panic(undecided{})
		}
	}
	if hidden {
		return []datum{derived("format", args...)}
	}
	return []datum{b.String()}
}

func tostring(r *run, args []datum) []datum {
	switch v := r.known(at(args, 0)).(type) {
	case nil:
		return []datum{"nil"}
	case bool:
		return []datum{strconv.FormatBool(v)}
	case unseen:
		if !v.some && !r.choose(v.name, v.expr+" is there") {
			return []datum{"nil"}
		}
		v.some = true
		return []datum{v}
	case string, float64:
		s, _ := r.text(v)
		return []datum{s}
	}
	panic(undecided{})
}

func tonumber(r *run, args []datum) []datum {
	if len(args) > 1 {
		panic(undecided{})
	}
	switch v := r.known(at(args, 0)).(type) {
	case float64:
		return []datum{v}
	case string:
		n, known, ok := numeral(v)
		switch {
		case ok:
			return []datum{n}
		case known:
			return []datum{nil}
		}
	case nil, bool:
		return []datum{nil}
	case unseen:
		u := derived("tonumber", v)
		u.some = false
		return []datum{u}
	}
	panic(undecided{})
}

func typeOf(r *run, args []datum) []datum {
	switch v := r.known(at(args, 0)).(type) {
	case nil:
		return []datum{"nil"}
	case bool:
		return []datum{"boolean"}
	case float64:
		return []datum{"number"}
	case string:
		return []datum{"string"}
	case *record:
		return []datum{"table"}
	case *closure, native:
		return []datum{"function"}
	case unseen:
		return []datum{derived("type", v)}
	}
	return []datum{"userdata"}
}

func pcall(r *run, args []datum) (out []datum) {
	before := r.calls
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			r.calls = before
			out = []datum{false, unseen{name: "pcall", expr: "error", some: true}}
		default:
			panic(p)
		}
	}()
	if len(args) == 0 {
		panic(failure{})
	}
	return append([]datum{true}, r.call(args[0], args[1:])...)
}
