package lua

import (
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// reader knows what a script defines.
type reader struct {
	entries   map[string]*ast.FunctionExpr   // global functions, the last of a name
	functions map[string][]*ast.FunctionExpr // all functions that have a name, by the last part of it
	constants scope                          // of the chunk itself
	changed   map[string]bool                // names that are assigned to, so that a constant of that name is none
	opaque    bool
}

func newReader() *reader {
	return &reader{entries: map[string]*ast.FunctionExpr{}, functions: map[string][]*ast.FunctionExpr{}, constants: scope{}, changed: map[string]bool{}}
}

// deepest bounds the nesting that is followed.
const deepest = 200

// chunk reads the statements of the script itself, which run once, when the proxy loads it.
func (r *reader) chunk(stmts []ast.Stmt) {
	each(stmts, 0, r.survey)
	w := walker{r: r, scopes: []scope{r.constants}}
	for _, s := range stmts {
		switch s := s.(type) {
		case *ast.FuncDefStmt:
			if id, ok := s.Name.Func.(*ast.IdentExpr); ok && s.Name.Receiver == nil {
				r.entries[id.Value] = s.Func
			}
		case *ast.LocalAssignStmt:
			w.stmt(s)
		case *ast.AssignStmt:
			for i, l := range s.Lhs {
				if id, ok := l.(*ast.IdentExpr); ok && i < len(s.Rhs) {
					if f, ok := s.Rhs[i].(*ast.FunctionExpr); ok {
						r.entries[id.Value] = f
						continue
					}
				}
				w.stmt(s)
			}
		default:
			w.stmt(s)
		}
	}
	// What runs while the script is loaded may fail, and then the proxy refuses it.
	r.opaque = r.opaque || w.doubt
}

// survey notes names and what puts a script out of reach.
func (r *reader) survey(node any, depth int) {
	if depth > deepest {
		r.opaque = true
		return
	}
	switch n := node.(type) {
	case *ast.FuncDefStmt:
		name := n.Name.Method
		switch f := n.Name.Func.(type) {
		case *ast.IdentExpr:
			name = f.Value
		case *ast.AttrGetExpr:
			name = constantKey(f)
		}
		r.functions[name] = append(r.functions[name], n.Func)
	case *ast.LocalAssignStmt:
		for i, name := range n.Names {
			if i < len(n.Exprs) {
				r.define(name, n.Exprs[i])
			}
		}
	case *ast.AssignStmt:
		for i, l := range n.Lhs {
			var value ast.Expr
			if i < len(n.Rhs) {
				value = n.Rhs[i]
			}
			r.assigns(l, value)
		}
	case *ast.IdentExpr:
		r.opaque = r.opaque || slices.Contains(reflective, n.Value)
	}
}

// assigns notes what an assignment changes; value is nil where it is what a call before it returns.
func (r *reader) assigns(to, value ast.Expr) {
	switch l := to.(type) {
	case *ast.IdentExpr:
		r.changed[l.Value] = true
		r.define(l.Value, value)
	case *ast.AttrGetExpr:
		if id, ok := l.Object.(*ast.IdentExpr); ok {
			r.changed[id.Value] = true
		}
		r.define(constantKey(l), value)
	}
}

func (r *reader) define(name string, e ast.Expr) {
	if f, ok := e.(*ast.FunctionExpr); ok {
		r.functions[name] = append(r.functions[name], f)
	}
}

// reflective are what a script calls that has its functions made, found or replaced while it runs.
var reflective = []string{"_G", "_ENV", "load", "loadstring", "loadfile", "dofile", "require", "setfenv", "getfenv", "setmetatable", "debug", "ffi", "jit", "coroutine", "rawset"}

// library are the standard functions and tables that leave a stream alone.
var library = []string{"string", "table", "math", "os", "bit", "tostring", "tonumber", "type", "ipairs", "pairs", "next", "select", "unpack", "print", "error", "assert",
	"rawget", "rawequal", "rawlen"}

func constantKey(e *ast.AttrGetExpr) string {
	if k, ok := e.Key.(*ast.StringExpr); ok {
		return k.Value
	}
	return ""
}

// named lists the functions of the script that a function names, and those that these name, each once.
func (r *reader) named(f *ast.FunctionExpr) []*ast.FunctionExpr {
	seen := map[*ast.FunctionExpr]bool{f: true}
	var out []*ast.FunctionExpr
	for queue := []*ast.FunctionExpr{f}; len(queue) > 0; queue = queue[1:] {
		each(queue[0].Stmts, 0, func(node any, _ int) {
			name := ""
			switch n := node.(type) {
			case *ast.IdentExpr:
				name = n.Value
			case *ast.AttrGetExpr:
				name = constantKey(n)
			case *ast.FuncCallExpr:
				name = n.Method
			}
			for _, g := range r.functions[name] {
				if !seen[g] {
					seen[g] = true
					out = append(out, g)
					queue = append(queue, g)
				}
			}
		})
	}
	return out
}

// side reads one of the functions that Envoy calls.
func (r *reader) side(name string) Side {
	f := r.entries[name]
	if f == nil {
		return Side{}
	}
	w := walker{r: r, scopes: []scope{r.constants}, certain: true, response: name == "envoy_on_response"}
	if p := f.ParList; p != nil && len(p.Names) > 0 {
		w.push()
		w.set(p.Names[0], value{kind: handle})
	}
	w.block(f.Stmts)
	for _, g := range r.named(f) {
		h := walker{r: r, scopes: []scope{r.constants}, response: w.response}
		h.function(g)
		w.acts = append(w.acts, h.acts...)
	}
	return Side{Defined: true, Acts: w.acts}
}
