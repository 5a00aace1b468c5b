package lua

import "github.com/yuin/gopher-lua/ast"

// walker goes along one function.
type walker struct {
	r        *reader
	scopes   []scope
	acts     []Act
	certain  bool // what stands here runs for every message
	doubt    bool // something may have ended the function, or failed
	ended    bool // nothing that follows runs
	response bool
	depth    int
}

// kind is what a value is, as far as that matters.
type kind int

const (
	unknown kind = iota
	constant
	handle  // of the stream
	headers // of the stream
	object  // something else that the handle gives out
	table
)

type value struct {
	kind  kind
	text  string // of a constant that is a text or a number
	table *ast.TableExpr
}

type scope map[string]value

func (w *walker) push() { w.scopes = append(w.scopes, scope{}) }
func (w *walker) pop()  { w.scopes = w.scopes[:len(w.scopes)-1] }

func (w *walker) set(name string, v value) { w.scopes[len(w.scopes)-1][name] = v }

func (w *walker) get(name string) value {
	if w.r.changed[name] {
		return value{}
	}
	for i := len(w.scopes) - 1; i >= 0; i-- {
		if v, ok := w.scopes[i][name]; ok {
			return v
		}
	}
	return value{}
}

// fail notes that what follows may not run.
func (w *walker) fail() { w.certain, w.doubt = false, true }

func (w *walker) block(stmts []ast.Stmt) {
	w.push()
	defer w.pop()
	if w.depth++; w.depth > deepest {
		w.r.opaque = true
		return
	}
	defer func() { w.depth-- }()
	for _, s := range stmts {
		if w.ended {
			return
		}
		w.stmt(s)
	}
}

// maybe goes along what runs for some messages only. If it may end the function, what follows runs for some only.
func (w *walker) maybe(f func()) {
	certain, doubt, ended := w.certain, w.doubt, w.ended
	w.certain, w.doubt = false, false
	f()
	w.certain, w.doubt, w.ended = certain && !w.doubt, doubt || w.doubt, ended
}

// function goes along a function of which it is not known with what it is called, if at all.
func (w *walker) function(f *ast.FunctionExpr) {
	w.maybe(func() {
		doubt := w.doubt
		w.push()
		for _, name := range names(f) {
			w.set(name, value{})
		}
		w.block(f.Stmts)
		w.pop()
		w.doubt = doubt // what ends the inner function does not end this one
	})
}

func names(f *ast.FunctionExpr) []string {
	if f.ParList == nil {
		return nil
	}
	return f.ParList.Names
}

func (w *walker) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.LocalAssignStmt:
		values := w.exprs(s.Exprs)
		for i, name := range s.Names {
			v := value{}
			if i < len(values) {
				v = values[i]
			}
			w.set(name, v)
		}
	case *ast.AssignStmt:
		w.exprs(s.Rhs)
		for _, l := range s.Lhs {
			if at, ok := l.(*ast.AttrGetExpr); ok {
				w.exprs([]ast.Expr{at.Object, at.Key})
				w.fail() // what is indexed may be nil
			}
		}
	case *ast.FuncCallStmt:
		w.expr(s.Expr)
	case *ast.DoBlockStmt:
		w.block(s.Stmts)
	case *ast.ReturnStmt:
		w.exprs(s.Exprs)
		w.doubt, w.ended = true, true
	case *ast.IfStmt:
		w.expr(s.Condition)
		w.maybe(func() { w.block(s.Then) })
		w.maybe(func() { w.block(s.Else) })
	case *ast.BreakStmt, *ast.GotoStmt, *ast.LabelStmt:
		w.fail()
	case *ast.FuncDefStmt: // read where it is named
	default:
		exprs, blocks := parts(s)
		w.maybe(func() {
			w.exprs(exprs)
			for _, b := range blocks {
				w.block(b)
			}
			w.doubt = true // a loop may not end, and its limits may be no numbers
		})
	}
}

func (w *walker) exprs(list []ast.Expr) []value {
	var out []value
	for _, e := range list {
		if e != nil {
			out = append(out, w.expr(e))
		}
	}
	return out
}

func (w *walker) expr(e ast.Expr) value {
	if w.depth++; w.depth > deepest {
		w.r.opaque = true
		return value{}
	}
	defer func() { w.depth-- }()
	switch e := e.(type) {
	case *ast.StringExpr:
		return value{kind: constant, text: e.Value}
	case *ast.NumberExpr:
		return value{kind: constant, text: e.Value}
	case *ast.IdentExpr:
		return w.get(e.Value)
	case *ast.AttrGetExpr:
		return w.index(e)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			w.exprs([]ast.Expr{f.Key, f.Value})
		}
		return value{kind: table, table: e}
	case *ast.FuncCallExpr:
		if e.Method != "" {
			return w.method(e)
		}
		return w.call(e)
	case *ast.LogicalOpExpr:
		w.expr(e.Lhs)
		w.maybe(func() { w.expr(e.Rhs) })
		return value{}
	case *ast.StringConcatOpExpr:
		a, b := w.expr(e.Lhs), w.expr(e.Rhs)
		if a.kind == constant && b.kind == constant {
			return value{kind: constant, text: a.text + b.text}
		}
		w.fail() // of nil
		return value{}
	case *ast.RelationalOpExpr:
		a, b := w.expr(e.Lhs), w.expr(e.Rhs)
		if e.Operator != "==" && e.Operator != "~=" && (a.kind != constant || b.kind != constant) {
			w.fail()
		}
		return value{}
	case *ast.FunctionExpr:
		w.function(e)
		return value{}
	case *ast.UnaryNotOpExpr:
		w.expr(e.Expr)
		return value{}
	case *ast.ArithmeticOpExpr, *ast.UnaryMinusOpExpr, *ast.UnaryLenOpExpr:
		w.exprs(operands(e))
		w.fail()
		return value{}
	}
	return value{}
}
