package lua

import (
	"slices"
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// index reads a field of something. A method of the handle that is taken by itself can be called anywhere.
func (w *walker) index(e *ast.AttrGetExpr) value {
	on := w.expr(e.Object)
	w.expr(e.Key)
	if on.kind == handle || on.kind == headers || slices.Contains([]string{"respond", "httpCall", "clearRouteCache", "setUpstreamOverrideHost"}, constantKey(e)) {
		w.r.opaque = true
	}
	if id, ok := e.Object.(*ast.IdentExpr); !ok || !slices.Contains(library, id.Value) {
		w.fail()
	}
	return value{}
}

// call is a call of a function that is no method.
func (w *walker) call(e *ast.FuncCallExpr) value {
	args := w.exprs(e.Args)
	name := ""
	switch f := e.Func.(type) {
	case *ast.IdentExpr:
		name = f.Value
	case *ast.AttrGetExpr:
		w.expr(f)
		name = constantKey(f)
		if id, ok := f.Object.(*ast.IdentExpr); ok && slices.Contains(library, id.Value) {
			name = id.Value
		}
	default:
		w.expr(e.Func)
	}
	known := slices.Contains(library, name) || len(w.r.functions[name]) > 0 || name == "pcall" || name == "xpcall"
	if !known && slices.ContainsFunc(args, func(v value) bool { return v.kind == handle || v.kind == headers }) {
		w.r.opaque = true
	}
	if name != "tostring" && name != "type" {
		w.fail()
	}
	return value{}
}

// number reads the status of an answer.
func number(v value) int {
	if v.kind != constant {
		return 0
	}
	n, err := strconv.Atoi(v.text)
	if err != nil {
		return 0
	}
	return n
}
