package lua

import "github.com/yuin/gopher-lua/ast"

// each calls f with every statement and expression, in the order of the text, and with how deep it stands.
func each(stmts []ast.Stmt, depth int, f func(node any, depth int)) {
	if depth > deepest+1 {
		return
	}
	for _, s := range stmts {
		f(s, depth)
		exprs, blocks := parts(s)
		eachExpr(exprs, depth+1, f)
		for _, b := range blocks {
			each(b, depth+1, f)
		}
	}
}

func eachExpr(exprs []ast.Expr, depth int, f func(node any, depth int)) {
	if depth > deepest+1 {
		return
	}
	for _, e := range exprs {
		if e == nil {
			continue
		}
		f(e, depth)
		if fn, ok := e.(*ast.FunctionExpr); ok {
			each(fn.Stmts, depth+1, f)
			continue
		}
		eachExpr(operands(e), depth+1, f)
	}
}

// parts are the expressions and the blocks of a statement.
func parts(s ast.Stmt) ([]ast.Expr, [][]ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		return append(append([]ast.Expr(nil), s.Lhs...), s.Rhs...), nil
	case *ast.LocalAssignStmt:
		return s.Exprs, nil
	case *ast.FuncCallStmt:
		return []ast.Expr{s.Expr}, nil
	case *ast.DoBlockStmt:
		return nil, [][]ast.Stmt{s.Stmts}
	case *ast.WhileStmt:
		return []ast.Expr{s.Condition}, [][]ast.Stmt{s.Stmts}
	case *ast.RepeatStmt:
		return []ast.Expr{s.Condition}, [][]ast.Stmt{s.Stmts}
	case *ast.IfStmt:
		return []ast.Expr{s.Condition}, [][]ast.Stmt{s.Then, s.Else}
	case *ast.NumberForStmt:
		return []ast.Expr{s.Init, s.Limit, s.Step}, [][]ast.Stmt{s.Stmts}
	case *ast.GenericForStmt:
		return s.Exprs, [][]ast.Stmt{s.Stmts}
	case *ast.FuncDefStmt:
		return []ast.Expr{s.Func}, nil
	case *ast.ReturnStmt:
		return s.Exprs, nil
	}
	return nil, nil
}

// operands are the expressions that an expression is made of.
func operands(e ast.Expr) []ast.Expr {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		return []ast.Expr{e.Object, e.Key}
	case *ast.TableExpr:
		var out []ast.Expr
		for _, f := range e.Fields {
			out = append(out, f.Key, f.Value)
		}
		return out
	case *ast.FuncCallExpr:
		return append([]ast.Expr{e.Func, e.Receiver}, e.Args...)
	case *ast.LogicalOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.RelationalOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.StringConcatOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.ArithmeticOpExpr:
		return []ast.Expr{e.Lhs, e.Rhs}
	case *ast.UnaryMinusOpExpr:
		return []ast.Expr{e.Expr}
	case *ast.UnaryNotOpExpr:
		return []ast.Expr{e.Expr}
	case *ast.UnaryLenOpExpr:
		return []ast.Expr{e.Expr}
	}
	return nil
}
