package lua

import (
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// method is a call of a method. On something that is not known it may be the stream's, by its name.
func (w *walker) method(e *ast.FuncCallExpr) value {
	on := w.expr(e.Receiver)
	args := w.exprs(e.Args)
	switch on.kind {
	case handle:
		return w.onHandle(e, args)
	case headers:
		w.onHeaders(e, args)
		return value{}
	case object:
		if !slices.Contains(reading, e.Method) || slices.ContainsFunc(args, func(v value) bool { return v.kind != constant }) {
			w.fail()
		}
		return value{kind: object}
	}
	w.fail()
	switch e.Method {
	case "respond", "httpCall", "clearRouteCache", "setUpstreamOverrideHost":
		w.onHandle(e, args)
	case "add", "replace", "remove":
		w.onHeaders(e, args)
	case "headers":
		return value{kind: headers}
	}
	if slices.ContainsFunc(args, func(v value) bool { return v.kind == handle }) && len(w.r.functions[e.Method]) == 0 {
		w.r.opaque = true
	}
	return value{}
}

// giving are the handle's methods that hand something out and change nothing (StreamHandleWrapper of lua_filter.h).
var giving = []string{"body", "bodyChunks", "trailers", "metadata", "streamInfo", "connection", "connectionStreamInfo", "timestamp", "timestampString", "filterContext",
	"virtualHost", "route", "filterState"}

// reading are methods of what the handle hands out that cannot fail with constant arguments; what they return may be nil.
var reading = []string{"dynamicMetadata", "get", "set", "protocol", "routeName", "virtualClusterName", "downstreamDirectRemoteAddress", "downstreamLocalAddress",
	"requestedServerName", "length"}

func (w *walker) onHandle(e *ast.FuncCallExpr, args []value) value {
	switch {
	case e.Method == "headers":
		return value{kind: headers}
	case e.Method == "respond":
		w.respond(e, args)
	case e.Method == "httpCall":
		w.act(Act{Kind: Call}, e)
		w.fail() // a cluster that does not exist ends the script
	case e.Method == "clearRouteCache" || e.Method == "setUpstreamOverrideHost":
		w.act(Act{Kind: Reroute}, e)
	case slices.Contains(giving, e.Method):
		return value{kind: object}
	case strings.HasPrefix(e.Method, "log"):
		if len(args) != 1 || args[0].kind != constant {
			w.fail() // nil is no text
		}
	case e.Method == "importPublicKey" || e.Method == "verifySignature" || e.Method == "base64Escape":
		w.fail()
	default:
		w.r.opaque = true // a newer method
	}
	return value{}
}

// respond ends the script and the request. In a response it is an error of the script.
func (w *walker) respond(e *ast.FuncCallExpr, args []value) {
	if w.response {
		w.fail()
		return
	}
	a := Act{Kind: Respond}
	if len(args) > 0 && args[0].kind == table {
		a.Status = number(w.field(args[0].table, ":status"))
		a.Location = w.field(args[0].table, "location").text
		if a.Status != 0 && (a.Status < 200 || a.Status > 599) {
			w.fail() // an error of the script
			return
		}
	}
	if len(args) > 1 {
		a.Body = args[1].text
	}
	if a.Status == 0 {
		w.fail()
	}
	w.act(a, e)
	w.doubt, w.ended = true, w.ended || w.certain
}

// field is a field of a table that is written out.
func (w *walker) field(t *ast.TableExpr, name string) value {
	for _, f := range t.Fields {
		if k, ok := f.Key.(*ast.StringExpr); ok && strings.EqualFold(k.Value, name) {
			quiet := walker{r: w.r, scopes: w.scopes}
			return quiet.expr(f.Value)
		}
	}
	return value{}
}

func (w *walker) onHeaders(e *ast.FuncCallExpr, args []value) {
	switch e.Method {
	case "add", "replace", "remove":
	case "get", "getNumValues", "getAtIndex", "setHttp1ReasonPhrase":
		if len(args) == 0 || args[0].kind != constant {
			w.fail()
		}
		return
	default:
		w.fail()
		return
	}
	a := Act{Kind: Write, Op: e.Method}
	if len(args) > 0 && args[0].kind == constant {
		a.Name = strings.ToLower(args[0].text)
	}
	switch {
	case e.Method == "remove":
	case len(args) > 1 && args[1].kind == constant:
		a.Value = args[1].text
	default:
		a.Computed = true
	}
	if a.Name == "" || a.Computed {
		w.fail() // nil is no name and no value
	}
	w.act(a, e)
}

func (w *walker) act(a Act, e *ast.FuncCallExpr) {
	a.Certain, a.Line = w.certain, e.Line()
	w.acts = append(w.acts, a)
}
