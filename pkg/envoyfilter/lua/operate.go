package lua

import (
	"math"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// list evaluates expressions; the last may give several values.
func (r *run) list(exprs []ast.Expr, env *scopes) []datum {
	var out []datum
	for i, e := range exprs {
		if i == len(exprs)-1 {
			return append(out, r.exprs(e, env)...)
		}
		out = append(out, r.expr(e, env))
	}
	return out
}

// expr evaluates an expression to one value.
func (r *run) expr(e ast.Expr, env *scopes) datum { return at(r.exprs(e, env), 0) }

// exprs evaluates an expression; a call gives any number of values.
func (r *run) exprs(e ast.Expr, env *scopes) []datum {
	r.step()
	if c, ok := e.(*ast.FuncCallExpr); ok {
		return r.callExpr(c, env)
	}
	return []datum{r.known(r.single(e, env))}
}

func (r *run) single(e ast.Expr, env *scopes) datum {
	switch e := e.(type) {
	case *ast.NilExpr:
		return nil
	case *ast.TrueExpr:
		return true
	case *ast.FalseExpr:
		return false
	case *ast.NumberExpr:
		n, err := strconv.ParseFloat(e.Value, 64)
		if err != nil {
			i, err := strconv.ParseInt(e.Value, 0, 64)
			if err != nil {
				panic(undecided{})
			}
			return float64(i)
		}
		return n
	case *ast.StringExpr:
		r.show(e.Value)
		return literal(e.Value)
	case *ast.IdentExpr:
		return r.variable(e.Value, env)
	case *ast.AttrGetExpr:
		return r.index(r.expr(e.Object, env), r.expr(e.Key, env))
	case *ast.TableExpr:
		return r.construct(e, env)
	case *ast.FunctionExpr:
		return &closure{fn: e, env: env}
	case *ast.LogicalOpExpr:
		left := r.expr(e.Lhs, env)
		if r.truth(left) == (e.Operator == "or") {
			return r.known(left)
		}
		return r.expr(e.Rhs, env)
	}
	return r.operator(e, env)
}

// literal is a text of the script. One that a dump has put in the place of another stands for any.
func literal(s string) datum {
	if s == "redacted" || strings.HasPrefix(s, "redacted-") {
		return unseen{name: "redacted", expr: "text " + s, some: true}
	}
	return s
}

func (r *run) variable(name string, env *scopes) datum {
	c := env.find(name)
	switch {
	case c == nil && r.keeps.names[name] && !r.loading:
		return unseen{name: name, expr: "variable " + name} // what an earlier request left there
	case c == nil:
		return nil
	case c.shared && !r.loading:
		return unseen{name: name, expr: "variable " + name}
	}
	return c.value
}

func (r *run) construct(e *ast.TableExpr, env *scopes) datum {
	t := r.record()
	n := 1.0
	for i, f := range e.Fields {
		switch {
		case f.Key != nil:
			key := r.there(r.expr(f.Key, env))
			if _, hidden := key.(unseen); hidden {
				panic(undecided{})
			}
			t.set(hashable(key), r.expr(f.Value, env))
		case i == len(e.Fields)-1:
			for _, v := range r.exprs(f.Value, env) {
				t.set(n, v)
				n++
			}
		default:
			t.set(n, r.expr(f.Value, env))
			n++
		}
	}
	return t
}

// operator evaluates operators that compute.
func (r *run) operator(e ast.Expr, env *scopes) datum {
	switch e := e.(type) {
	case *ast.UnaryNotOpExpr:
		return !r.truth(r.expr(e.Expr, env))
	case *ast.UnaryLenOpExpr:
		switch v := r.there(r.expr(e.Expr, env)).(type) {
		case string:
			return float64(len(v))
		case *record:
			if !v.shared || r.loading {
				return float64(v.length())
			}
		case unseen:
			return derived("#", v)
		}
		panic(undecided{})
	case *ast.UnaryMinusOpExpr:
		return -r.number(r.expr(e.Expr, env))
	case *ast.StringConcatOpExpr:
		return r.concat(r.expr(e.Lhs, env), r.expr(e.Rhs, env))
	case *ast.RelationalOpExpr:
		return r.compare(e.Operator, r.expr(e.Lhs, env), r.expr(e.Rhs, env))
	case *ast.ArithmeticOpExpr:
		a, b := r.there(r.expr(e.Lhs, env)), r.there(r.expr(e.Rhs, env))
		if hidden := r.numeric(a, b); hidden {
			return derived(e.Operator, a, b)
		}
		return arithmetic(e.Operator, r.number(a), r.number(b))
	}
	panic(undecided{})
}

// derived is what an operation makes of a value that is not known; it is no more known.
func derived(how string, of ...datum) unseen {
	out := unseen{expr: how, some: true}
	for _, v := range of {
		switch v := v.(type) {
		case unseen:
			if out.name == "" {
				out.name = v.name
			}
			out.expr += "(" + v.expr + ")"
		case string:
			out.expr += "(" + strconv.Quote(v) + ")"
		case float64:
			out.expr += "(" + strconv.FormatFloat(v, 'g', -1, 64) + ")"
		case nil:
			out.expr += "()"
		default:
			panic(undecided{})
		}
	}
	return out
}

// concat joins texts and numbers.
func (r *run) concat(a, b datum) datum {
	a, b = r.there(a), r.there(b)
	x, known1 := r.text(a)
	y, known2 := r.text(b)
	switch {
	case !known1 || !known2:
		return derived("..", a, b)
	case len(x)+len(y) > mostBytes:
		panic(undecided{})
	}
	return x + y
}

// text is a value as a text, where operations take numbers for texts; anything else is an error of the script.
func (r *run) text(v datum) (string, bool) {
	switch v := r.there(v).(type) {
	case string:
		return v, true
	case float64:
		s, ok := text(v)
		if !ok {
			panic(undecided{})
		}
		return s, true
	case unseen:
		return "", false
	case bool, *record, *closure, native:
		panic(failure{})
	}
	panic(undecided{}) // a stream's metatable may have the operation
}

// number is a value as a number, where operations take texts for numbers.
func (r *run) number(v datum) float64 {
	switch v := r.there(v).(type) {
	case float64:
		return v
	case string:
		n, known, ok := numeral(v)
		switch {
		case ok:
			return n
		case known:
			panic(failure{})
		}
	case bool, *closure, native:
		panic(failure{})
	}
	panic(undecided{})
}

func arithmetic(op string, a, b float64) datum {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "%":
		return a - math.Floor(a/b)*b
	case "^":
		return math.Pow(a, b)
	}
	panic(undecided{})
}

// compare compares two values. Those of different types are not equal, and have no order.
func (r *run) compare(op string, a, b datum) datum {
	switch op {
	case "==":
		return r.equal(a, b)
	case "~=":
		return !r.equal(a, b)
	case ">", ">=":
		a, b = b, a
	}
	or := op == "<=" || op == ">="
	a, b = r.there(a), r.there(b)
	switch x := a.(type) {
	case float64:
		if y, ok := b.(float64); ok {
			return x < y || or && x == y
		}
	case string:
		if y, ok := b.(string); ok {
			return x < y || or && x == y
		}
	}
	if hidden := r.numeric(a, b); !hidden {
		panic(failure{}) // there is no order between values of different types
	}
	u := derived("<", a, b)
	if or {
		u = derived("<=", a, b)
	}
	return r.choose(u.name, u.expr)
}

// numeric reports whether one of two values is not known. The script fails where that one is not of the kind that the operation takes.
func (r *run) numeric(a, b datum) (hidden bool) {
	for _, v := range []datum{a, b} {
		if u, ok := v.(unseen); ok {
			if hidden = true; !r.choose(u.name, u.expr+" can be used") {
				panic(failure{})
			}
		}
	}
	return hidden
}

func (r *run) equal(a, b datum) bool {
	a, b = r.known(a), r.known(b)
	u, hidden := a.(unseen)
	if !hidden {
		if u, hidden = b.(unseen); hidden {
			a, b = b, a
		}
	}
	if !hidden {
		hashable(a)
		return a == hashable(b)
	}
	switch b := b.(type) {
	case nil:
		return !u.some && !r.choose(u.name, u.expr+" is there")
	case unseen:
		if b.expr == u.expr {
			return true
		}
		return r.choose(u.name, u.expr+" == "+b.expr)
	case string, float64, bool:
		if !u.some && !r.choose(u.name, u.expr+" is there") {
			return false
		}
		if !r.choose(u.name, derived("==", u, quoted(b)).expr) {
			return false
		}
		r.is[u.expr] = b
		return true
	}
	panic(undecided{})
}

// quoted is a constant as the expression of a value that is not known names it.
func quoted(v datum) datum {
	if b, ok := v.(bool); ok {
		return strconv.FormatBool(b)
	}
	return v
}
