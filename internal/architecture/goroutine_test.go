package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// TestGoroutinesCatch: a panic that nobody catches ends the process, and in a goroutine nobody else can catch it. So each goroutine of the
// program defers process.Catch, or a function that recovers, or is there to call something of its package that does.
func TestGoroutinesCatch(t *testing.T) {
	list := packages(t)
	program := list[slices.IndexFunc(list, func(p listed) bool { return p.ImportPath == module+"cmd/kubectl-mesh_why" })]
	for _, p := range list {
		if p.ImportPath != program.ImportPath && !slices.Contains(program.Deps, p.ImportPath) {
			continue
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		bodies := map[string]*ast.BlockStmt{}
		for _, f := range files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
					bodies[fn.Name.Name] = fn.Body
				}
			}
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if run := spawns(n); run != nil && !catches(bodyOf(run, bodies), bodies, 1) {
					t.Errorf("%s: a panic in this goroutine ends the process", fset.Position(n.Pos()))
				}
				return true
			})
		}
	}
}

// spawns returns what a statement runs in a goroutine of its own: that of a go statement, or of a WaitGroup.
func spawns(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.GoStmt:
		return n.Call.Fun
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" && len(n.Args) == 1 {
			return n.Args[0]
		}
	}
	return nil
}

// bodyOf is the body of what is run, or called, where it is a function of the package; nil elsewhere.
func bodyOf(run ast.Expr, bodies map[string]*ast.BlockStmt) *ast.BlockStmt {
	switch f := run.(type) {
	case *ast.FuncLit:
		return f.Body
	case *ast.Ident:
		return bodies[f.Name]
	case *ast.SelectorExpr:
		return bodies[f.Sel.Name]
	}
	return nil
}

// catches reports whether a body defers something that recovers, or, as many calls deeper, calls a function of the package that does.
func catches(body *ast.BlockStmt, bodies map[string]*ast.BlockStmt, deeper int) bool {
	found := false
	if body == nil {
		return false
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			ast.Inspect(n.Call, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				found = found || ok && (id.Name == "recover" || id.Name == "Catch")
				return true
			})
		case *ast.CallExpr:
			found = found || deeper > 0 && catches(bodyOf(n.Fun, bodies), bodies, deeper-1)
		}
		return true
	})
	return found
}
