package lua

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// callExpr calls a function or a method.
func (r *run) callExpr(e *ast.FuncCallExpr, env *scopes) []datum {
	if e.Method == "" {
		f := r.expr(e.Func, env)
		args := r.list(e.Args, env)
		return r.call(r.there(f), args)
	}
	on := r.there(r.expr(e.Receiver, env))
	args := r.list(e.Args, env)
	switch on := on.(type) {
	case stream:
		return r.onStream(on, e, args)
	case string:
		f, ok := strings5.get(e.Method).(native)
		if !ok {
			panic(failure{})
		}
		return r.call(f, append([]datum{on}, args...))
	case *record:
		return r.call(r.index(on, e.Method), append([]datum{on}, args...))
	case unseen:
		if f, ok := strings5.get(e.Method).(native); ok {
			return r.call(f, append([]datum{on}, args...))
		}
		return []datum{perhaps(on, e.Method, args)}
	case bool, float64, *closure, native:
		panic(failure{})
	}
	panic(undecided{})
}

// perhaps is what a method of a thing gives that is not known, if anything.
func perhaps(on unseen, method string, args []datum) unseen {
	u := derived(on.expr+":"+method, args...)
	u.name, u.some = on.name, false
	if k, ok := at(args, 0).(string); ok && on.name == "dynamicMetadata" {
		u.name += "[" + k + "]"
	}
	return u
}

// index reads a field.
func (r *run) index(on, key datum) datum {
	on = r.there(on)
	key = r.known(key)
	switch on := on.(type) {
	case *record:
		if on.shared && !r.loading {
			return unseen{name: "tables", expr: "field of a table " + r.keyOf(key)}
		}
		if u, ok := key.(unseen); ok {
			return r.fieldBy(on, u)
		}
		return on.get(hashable(key))
	case string:
		if k, ok := key.(string); ok {
			return strings5.get(k)
		}
	case unseen:
		return perhaps(on, "", []datum{key})
	case bool, float64, *closure, native:
		panic(failure{})
	}
	panic(undecided{})
}

func (r *run) keyOf(key datum) string {
	switch k := key.(type) {
	case string:
		return k
	case unseen:
		return k.expr
	}
	panic(undecided{})
}

// fieldBy reads the field of a key that is not known: one of those that are there, or none.
func (r *run) fieldBy(t *record, key unseen) datum {
	for _, k := range t.keys {
		if t.fields[k] != nil && r.equal(key, k) {
			return t.fields[k]
		}
	}
	return nil
}

// onStream calls a method of the handle, of the headers, or of what the handle gives.
func (r *run) onStream(on stream, e *ast.FuncCallExpr, args []datum) []datum {
	switch {
	case on.kind == "headers":
		return r.onHeaders(e, args)
	case on.kind != "handle":
		return r.onThing(on, e.Method, args)
	case e.Method == "headers":
		return []datum{stream{kind: "headers"}}
	case e.Method == "respond":
		r.respond(e, args)
	case e.Method == "httpCall":
		return r.httpCall(e, args)
	case e.Method == "clearRouteCache" || e.Method == "setUpstreamOverrideHost":
		r.act(Act{Kind: Reroute}, e.Line())
	case strings.HasPrefix(e.Method, "log"):
		r.text(at(args, 0))
	case e.Method == "body":
		return []datum{unseen{name: "body", expr: "body"}}
	case e.Method == "timestamp" || e.Method == "timestampString":
		return []datum{unseen{name: "time", expr: "time", some: true}}
	case slices.Contains([]string{"metadata", "streamInfo", "connection", "filterContext"}, e.Method):
		return []datum{stream{kind: e.Method, source: e.Method}}
	default:
		panic(undecided{})
	}
	return nil
}

// secure are the methods that give the TLS of the connection; nil in plaintext.
var secure = []string{"ssl", "downstreamSslConnection"}

// onThing calls a method of what the handle gives: most of it is not known.
func (r *run) onThing(on stream, method string, args []datum) []datum {
	switch {
	case method == "dynamicMetadata":
		return []datum{unseen{name: method, expr: method, some: true}}
	case slices.Contains(secure, method):
		if r.message.Plaintext {
			return []datum{nil}
		}
		return []datum{stream{kind: "tls", source: "connection"}}
	case on.kind == "tls":
		return []datum{perhaps(unseen{name: on.source, expr: on.source}, method, args)}
	case slices.Contains(reading, method):
		u := derived(on.source+":"+method, args...)
		u.name, u.some = on.source, false
		if k, ok := at(args, 0).(string); ok && on.kind == "metadata" {
			u.name = "metadata[" + k + "]"
		}
		return []datum{u}
	}
	panic(undecided{})
}

// httpCall asks another service. The script fails where the proxy does not have the cluster.
func (r *run) httpCall(e *ast.FuncCallExpr, args []datum) []datum {
	cluster, known := r.text(at(args, 0))
	if !known || r.loading {
		panic(undecided{})
	}
	r.act(Act{Kind: Call}, e.Line())
	name := "httpCall(" + cluster + ")"
	if !r.choose(name, "cluster "+cluster) {
		panic(failure{})
	}
	n := strconv.Itoa(len(r.written))
	return []datum{unseen{name: name, expr: name + " headers " + n, some: true}, unseen{name: name, expr: name + " body " + n}}
}

// status is the status that a value stands for, or that it is computed from what is not known; one that no answer can have is an error.
func (r *run) status(v datum) (status int, computed bool) {
	s, known := r.text(v)
	if !known {
		return 0, true
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 200 || n > 599 {
		panic(failure{})
	}
	return n, false
}

// respond answers a request; in a response it is an error.
func (r *run) respond(e *ast.FuncCallExpr, args []datum) {
	t, ok := r.there(at(args, 0)).(*record)
	if !ok {
		panic(undecided{})
	}
	if r.message.Response || r.loading {
		panic(failure{})
	}
	a := Act{Kind: Respond}
	for _, k := range t.keys {
		name, ok := k.(string)
		if !ok {
			panic(undecided{})
		}
		v := t.fields[k]
		switch strings.ToLower(name) {
		case ":status":
			a.Status, a.Computed = r.status(v)
		case "location":
			if s, ok := r.known(v).(string); ok {
				a.Location, _ = r.shown(s)
			}
		}
	}
	if a.Status == 0 && !a.Computed {
		panic(failure{}) // an answer has a status
	}
	if b := r.known(at(args, 1)); b != nil {
		if s, ok := b.(string); ok {
			a.Body, _ = r.shown(s)
		}
	}
	a.Computed = false
	r.act(a, e.Line())
	panic(answered{})
}
