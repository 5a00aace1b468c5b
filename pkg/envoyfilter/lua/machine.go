package lua

import (
	"cmp"

	"github.com/yuin/gopher-lua/ast"
)

// A run goes one way through a script.
type run struct {
	message Message
	keeps   keptNames
	loading bool

	choices []choice
	made    int              // of them
	facts   map[string]bool  // what was chosen, by what it was about
	is      map[string]datum // values that were chosen to be something, by how the script came to them

	secret bool            // it has read a header that may carry a secret
	open   map[string]bool // texts that are of the script, or all of a header

	steps, calls int
	written      []Act
	headers      map[string]written // that the script has changed
	globals      *scopes
	results      []datum // of the function that returns
}

// What ends a run, or a part of it.
type (
	undecided struct{} // it cannot be followed
	failure   struct{} // the script fails; Envoy logs that and lets the message pass
	answered  struct{} // respond ends the script
)

// how a block ends.
type ending int

const (
	goesOn ending = iota
	breaks
	returns
)

// outside is how a loop ends whose body ended so.
func (e ending) outside() ending {
	if e == breaks {
		return goesOn
	}
	return e
}

// script loads the script and runs its function for the message. It reports false if it cannot be followed.
func (r *run) script(chunk []ast.Stmt) (acts []Act, ok bool) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case undecided:
			acts, ok = nil, false
		case failure, answered:
			acts, ok = r.written, !r.loading // a script that fails while it is loaded is refused
		default:
			panic(p)
		}
	}()
	r.globals = &scopes{vars: map[string]*cell{}}
	for name, v := range standard {
		r.globals.vars[name] = &cell{value: v}
	}
	r.loading = true
	top := &scopes{vars: map[string]*cell{}, up: r.globals}
	if r.block(chunk, top) == breaks {
		panic(undecided{})
	}
	r.loading = false
	name := "envoy_on_request"
	if r.message.Response {
		name = "envoy_on_response"
	}
	c := r.globals.find(name)
	if c == nil {
		return nil, true
	}
	r.call(c.value, []datum{stream{kind: "handle", source: "handle"}})
	return r.written, true
}

// step counts what is done.
func (r *run) step() {
	if r.steps++; r.steps > mostSteps {
		panic(undecided{})
	}
}

// choose decides what is not known; the same question gets the same answer on a way.
func (r *run) choose(name, question string) bool {
	if r.loading {
		panic(undecided{})
	}
	if yes, ok := r.facts[question]; ok {
		return yes
	}
	if r.made == len(r.choices) {
		r.choices = append(r.choices, choice{name: name, yes: true})
	}
	yes := r.choices[r.made].yes
	r.made++
	r.facts[question] = yes
	return yes
}

// known is a value with what was chosen of it.
func (r *run) known(v datum) datum {
	u, ok := v.(unseen)
	if !ok {
		return v
	}
	if is, ok := r.is[u.expr]; ok {
		return is
	}
	if there, ok := r.facts[u.expr+" is there"]; ok && !u.some {
		if !there {
			return nil
		}
		u.some = true
	}
	return u
}

// there is a value that is not nil, or the script fails.
func (r *run) there(v datum) datum {
	v = r.known(v)
	if u, ok := v.(unseen); ok && !u.some {
		if !r.choose(u.name, u.expr+" is there") {
			panic(failure{})
		}
		u.some = true
		return u
	}
	if v == nil {
		panic(failure{})
	}
	return v
}

// truth is whether a value counts as true: all do but nil and false.
func (r *run) truth(v datum) bool {
	switch v := r.known(v).(type) {
	case nil:
		return false
	case bool:
		return v
	case unseen:
		if v.some {
			return r.choose(v.name, v.expr+" is true")
		}
		return r.choose(v.name, v.expr+" is there")
	}
	return true
}

func (r *run) block(stmts []ast.Stmt, env *scopes) ending {
	for _, s := range stmts {
		r.step()
		if l, ok := s.(*ast.LocalAssignStmt); ok {
			env = r.local(l, env)
			continue
		}
		if e := r.stmt(s, env); e != goesOn {
			return e
		}
	}
	return goesOn
}

// inner is a scope inside of another.
func inner(env *scopes) *scopes { return &scopes{vars: map[string]*cell{}, up: env} }

// local declares variables, and returns the scope behind that. A name that is declared again is another variable: functions keep the one they saw.
func (r *run) local(s *ast.LocalAssignStmt, env *scopes) *scopes {
	values := r.list(s.Exprs, env)
	for i, name := range s.Names {
		if env.vars[name] != nil {
			env = inner(env)
		}
		env.vars[name] = r.cell(name, at(values, i))
	}
	return env
}

func (r *run) cell(name string, v datum) *cell {
	return &cell{value: v, shared: r.loading && r.keeps.names[name]}
}

func (r *run) record() *record {
	return &record{fields: map[datum]datum{}, shared: r.loading && r.keeps.tables}
}

func (r *run) stmt(s ast.Stmt, env *scopes) ending {
	switch s := s.(type) {
	case *ast.AssignStmt:
		values := r.list(s.Rhs, env)
		for i, l := range s.Lhs {
			r.assign(l, at(values, i), env)
		}
	case *ast.FuncCallStmt:
		r.exprs(s.Expr, env)
	case *ast.DoBlockStmt:
		return r.block(s.Stmts, inner(env))
	case *ast.IfStmt:
		if r.truth(r.expr(s.Condition, env)) {
			return r.block(s.Then, inner(env))
		}
		return r.block(s.Else, inner(env))
	case *ast.FuncDefStmt:
		r.define(s, env)
	case *ast.ReturnStmt:
		r.results = r.list(s.Exprs, env)
		return returns
	case *ast.BreakStmt:
		return breaks
	default:
		return r.loop(s, env)
	}
	return goesOn
}

// loop runs a statement that repeats others.
func (r *run) loop(s ast.Stmt, env *scopes) ending {
	switch s := s.(type) {
	case *ast.WhileStmt:
		for r.truth(r.expr(s.Condition, env)) {
			if e := r.block(s.Stmts, inner(env)); e != goesOn {
				return e.outside()
			}
			r.step()
		}
	case *ast.RepeatStmt:
		for done := false; !done; r.step() {
			in := inner(env)
			if e := r.block(s.Stmts, in); e != goesOn {
				return e.outside()
			}
			done = r.truth(r.expr(s.Condition, in))
		}
	case *ast.NumberForStmt:
		from, to, by := r.number(r.expr(s.Init, env)), r.number(r.expr(s.Limit, env)), 1.0
		if s.Step != nil {
			by = r.number(r.expr(s.Step, env))
		}
		for i := from; by > 0 && i <= to || by < 0 && i >= to; i += by {
			in := inner(env)
			in.vars[s.Name] = r.cell(s.Name, i)
			if e := r.block(s.Stmts, in); e != goesOn {
				return e.outside()
			}
			r.step()
		}
	case *ast.GenericForStmt:
		return r.iterate(s, env)
	default: // goto, labels
		panic(undecided{})
	}
	return goesOn
}

// iterate runs a loop over what an iterator gives.
func (r *run) iterate(s *ast.GenericForStmt, env *scopes) ending {
	state := r.list(s.Exprs, env)
	f, over, control := at(state, 0), at(state, 1), at(state, 2)
	for {
		r.step()
		values := r.call(f, []datum{over, control})
		if control = r.known(at(values, 0)); control == nil {
			return goesOn
		}
		if _, ok := control.(unseen); ok {
			panic(undecided{})
		}
		in := inner(env)
		for i, name := range s.Names {
			in.vars[name] = r.cell(name, at(values, i))
		}
		if e := r.block(s.Stmts, in); e != goesOn {
			return e.outside()
		}
	}
}

// define runs a statement that names a function.
func (r *run) define(s *ast.FuncDefStmt, env *scopes) {
	f := &closure{fn: s.Func, env: env}
	if s.Name.Receiver != nil {
		t, ok := r.expr(s.Name.Receiver, env).(*record)
		if !ok || t.shared && !r.loading {
			panic(undecided{})
		}
		t.set(s.Name.Method, f)
		return
	}
	r.assign(s.Name.Func, f, env)
}

func (r *run) assign(to ast.Expr, v datum, env *scopes) {
	switch to := to.(type) {
	case *ast.IdentExpr:
		c := env.find(to.Value)
		if c == nil {
			c = r.cell(to.Value, nil)
			r.globals.vars[to.Value] = c
		}
		c.value, c.shared = v, c.shared && r.loading
	case *ast.AttrGetExpr:
		on := r.there(r.expr(to.Object, env))
		key := r.there(r.expr(to.Key, env))
		t, ok := on.(*record)
		if _, hidden := key.(unseen); !ok || hidden || t.shared && !r.loading {
			panic(undecided{})
		}
		t.set(hashable(key), v)
	}
}

// hashable is a value that can be a key; functions of the library are compared by nobody.
func hashable(v datum) datum {
	if _, ok := v.(native); ok {
		panic(undecided{})
	}
	return v
}

func at(list []datum, i int) datum {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// call calls a function.
func (r *run) call(f datum, args []datum) []datum {
	r.step()
	switch f := f.(type) {
	case native:
		return f(r, args)
	case *closure:
		if r.calls++; r.calls > mostCalls {
			panic(undecided{})
		}
		defer func() { r.calls-- }()
		env := inner(f.env)
		if p := f.fn.ParList; p != nil {
			if p.HasVargs {
				panic(undecided{})
			}
			for i, name := range p.Names {
				env.vars[name] = r.cell(name, at(args, i))
			}
		}
		r.results = nil
		if r.block(f.fn.Stmts, env) != returns {
			return nil
		}
		out := r.results
		r.results = nil
		return out
	case nil, bool, float64, string:
		panic(failure{})
	}
	panic(undecided{})
}

// show takes up a text of the script, or all of a header.
func (r *run) show(s string) {
	if r.open == nil {
		r.open = map[string]bool{"": true}
	}
	r.open[s] = true
}

// shown is a text that the script writes. What it may have made of a secret is withheld, as nobody could find it in an answer.
func (r *run) shown(s string) (string, bool) {
	if r.secret && !r.open[s] {
		return "", false
	}
	return s, true
}

// act notes what the script does.
func (r *run) act(a Act, line int) {
	a.Certain, a.Line = true, cmp.Or(line, 1)
	r.written = append(r.written, a)
}
