package lua

import (
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// keptNames is what one request may leave to the next.
type keptNames struct {
	names  map[string]bool // variables that functions assign to
	tables bool            // functions may write into tables that are not their own
}

// kept finds what functions of a script assign to: variables that are not theirs live as long as the script.
func kept(chunk []ast.Stmt) keptNames {
	k := keptNames{names: map[string]bool{}}
	own := map[string]bool{} // names under which functions hold tables of their own
	each(chunk, 0, func(node any, _ int) {
		if s, ok := node.(*ast.LocalAssignStmt); ok {
			for i, name := range s.Names {
				if i < len(s.Exprs) {
					if _, table := s.Exprs[i].(*ast.TableExpr); table {
						own[name] = true
					}
				}
			}
		}
	})
	for _, s := range chunk {
		if l, ok := s.(*ast.LocalAssignStmt); ok {
			for _, name := range l.Names {
				delete(own, name)
			}
		}
	}
	each(chunk, 0, func(node any, _ int) {
		switch n := node.(type) {
		case *ast.FunctionExpr:
			each(n.Stmts, 0, func(inner any, _ int) { k.note(inner, own) })
		}
	})
	return k
}

func (k *keptNames) note(node any, own map[string]bool) {
	switch n := node.(type) {
	case *ast.AssignStmt:
		for _, l := range n.Lhs {
			switch l := l.(type) {
			case *ast.IdentExpr:
				k.names[l.Value] = true
			case *ast.AttrGetExpr:
				id, ok := l.Object.(*ast.IdentExpr)
				k.tables = k.tables || !ok || !own[id.Value]
			}
		}
	case *ast.FuncDefStmt:
		if id, ok := n.Name.Func.(*ast.IdentExpr); ok {
			k.names[id.Value] = true
		}
	case *ast.FuncCallExpr:
		if at, ok := n.Func.(*ast.AttrGetExpr); ok && slices.Contains([]string{"insert", "remove", "sort"}, constantKey(at)) {
			id, plain := ast.Expr(nil), false
			if len(n.Args) > 0 {
				id = n.Args[0]
			}
			name, isName := id.(*ast.IdentExpr)
			plain = isName && own[name.Value]
			k.tables = k.tables || !plain
		}
	}
}
