package lua

import (
	"regexp"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// onHeaders calls a method of the headers (HeaderMapWrapper of Envoy's wrappers.h).
func (r *run) onHeaders(e *ast.FuncCallExpr, args []datum) []datum {
	name, known := r.text(at(args, 0))
	name = headerName(name)
	switch e.Method {
	case "get":
		if !known {
			return []datum{perhaps(at(args, 0).(unseen), "headers():get", nil)}
		}
		return []datum{r.header(name)}
	case "getAtIndex", "getNumValues":
		if !known {
			panic(undecided{})
		}
		return []datum{r.lineOf(e.Method, name, args)}
	case "setHttp1ReasonPhrase":
		return nil
	case "add", "replace", "remove":
	default: // an iterator
		panic(undecided{})
	}
	a := Act{Kind: Write, Op: e.Method, Name: name}
	value := ""
	if e.Method != "remove" {
		v := r.there(at(args, 1))
		s, plain := r.text(v)
		value = s
		if plain {
			s, plain = r.shown(s)
		}
		a.Value, a.Computed = s, !plain
	}
	r.act(a, e.Line())
	if !known {
		panic(undecided{}) // any header may have changed
	}
	r.write(a, value)
	return nil
}

func headerName(s string) string {
	if s = strings.ToLower(s); s == "host" {
		return ":authority"
	}
	return s
}

// write keeps what the script has written, for what it reads later.
func (r *run) write(a Act, value string) {
	lines, known := r.lines(a.Name)
	switch {
	case a.Op == "remove":
		lines, known = nil, true
	case a.Computed:
		known = false
	case a.Op == "replace" || strings.HasPrefix(a.Name, ":"):
		lines, known = []string{value}, true
	default:
		lines = append(lines[:len(lines):len(lines)], value)
	}
	if r.headers == nil {
		r.headers = map[string]written{}
	}
	r.headers[a.Name] = written{lines: lines, known: known}
}

// written are the lines of a header that the script has changed.
type written struct {
	lines []string
	known bool
}

func (r *run) lines(name string) ([]string, bool) {
	if w, ok := r.headers[name]; ok {
		return w.lines, w.known
	}
	return r.message.Lines(name)
}

// header is the value of a header, several lines joined by commas (HeaderUtility::getAllOfHeaderAsString).
func (r *run) header(name string) datum {
	lines, known := r.lines(name)
	switch {
	case !known:
		return unseen{name: r.naming(name), expr: r.naming(name)}
	case len(lines) == 0:
		return nil
	}
	value := strings.Join(lines, ",")
	r.secret = r.secret || secretName.MatchString(name)
	r.show(value)
	return value
}

// secretName finds headers that may carry a secret, by what they are called.
var secretName = regexp.MustCompile(`auth|cookie|token|secret|key|passw|session|jwt|credential|signature`)

// naming is a header as policies name it.
func (r *run) naming(header string) string {
	side := "request"
	if r.message.Response {
		side = "response"
	}
	return side + ".headers[" + header + "]"
}

func (r *run) lineOf(method, name string, args []datum) datum {
	lines, known := r.lines(name)
	if !known {
		return perhaps(unseen{name: r.naming(name), expr: r.naming(name)}, method, args[1:])
	}
	if method == "getNumValues" {
		return float64(len(lines))
	}
	i := int(r.number(at(args, 1)))
	if i < 0 || i >= len(lines) {
		return nil
	}
	r.secret = r.secret || secretName.MatchString(name)
	r.show(lines[i])
	return lines[i]
}
