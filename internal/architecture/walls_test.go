package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a room may hold. A knot is a set of files that all need each other, so that none of them can be read alone.
const (
	mostFiles    = 25
	largestKnot  = 12
	longestLines = 59 // of a function
)

// TestWalls: a package of the core is a part. It has few files, no large knot, and no long function.
func TestWalls(t *testing.T) {
	fset := token.NewFileSet()
	load := exported(t, fset)
	for _, p := range packages(t) {
		name, core := strings.CutPrefix(p.ImportPath, module)
		if !core || !strings.HasPrefix(name, "pkg/") {
			continue
		}
		if len(p.GoFiles) > mostFiles {
			t.Errorf("%s has %d files, of %d: cut it into parts", name, len(p.GoFiles), mostFiles)
		}
		files := parsed(t, fset, p)
		for _, f := range files {
			for _, long := range longFunctions(fset, f) {
				t.Errorf("%s: %s", name, long)
			}
		}
		if knot := largest(knots(needs(t, fset, load, p.ImportPath, files))); len(knot) > largestKnot {
			t.Errorf("%s: %d files all need each other, of %d: %s", name, len(knot), largestKnot, strings.Join(knot, " "))
		}
	}
}

// TestKnots: files that need each other in a circle are a knot, and one that is only needed is none.
func TestKnots(t *testing.T) {
	edges := map[string][]string{"a": {"b"}, "b": {"c", "ground"}, "c": {"a"}, "d": {"a", "e"}, "e": {"d"}, "ground": nil}
	got := knots(edges)
	slices.SortFunc(got, slices.Compare)
	if want := [][]string{{"a", "b", "c"}, {"d", "e"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := largest(nil); len(got) != 0 {
		t.Errorf("no knots: got %v", got)
	}
}

// exported imports packages from what the go command has compiled, which takes no time where the module builds.
func exported(t *testing.T, fset *token.FileSet) types.Importer {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", "./pkg/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		at[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(at[path]) })
}

func parsed(t *testing.T, fset *token.FileSet, p listed) []*ast.File {
	t.Helper()
	var out []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

func longFunctions(fset *token.FileSet, f *ast.File) []string {
	var out []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from, to := fset.Position(fn.Pos()), fset.Position(fn.End())
		if to.Line-from.Line+1 > longestLines {
			out = append(out, fn.Name.Name+" in "+filepath.Base(from.Filename)+" has more than 59 lines")
		}
	}
	return out
}

// needs finds which file of a package uses types, functions, methods and variables of which other one.
func needs(t *testing.T, fset *token.FileSet, load types.Importer, path string, files []*ast.File) map[string][]string {
	t.Helper()
	used := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	pkg, err := (&types.Config{Importer: load}).Check(path, fset, files, used)
	if err != nil {
		t.Fatal(err)
	}
	file := func(at token.Pos) string { return filepath.Base(fset.Position(at).Filename) }
	edges := map[string][]string{}
	for id, o := range used.Uses {
		if o.Pkg() != pkg || !declared(o) {
			continue
		}
		from, to := file(id.Pos()), file(o.Pos())
		if from != to && !slices.Contains(edges[from], to) {
			edges[from] = append(edges[from], to)
		}
	}
	return edges
}

// declared tells what stands at the top of a file: names of the package, and methods.
func declared(o types.Object) bool {
	if fn, ok := o.(*types.Func); ok && fn.Signature().Recv() != nil {
		return true
	}
	return o.Parent() == o.Pkg().Scope()
}

// knots are the strongly connected sets of two and more (Tarjan), each sorted.
func knots(edges map[string][]string) [][]string {
	index, low, open := map[string]int{}, map[string]int{}, map[string]bool{}
	var stack []string
	var out [][]string
	var visit func(string)
	visit = func(v string) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, open[v] = append(stack, v), true
		for _, w := range edges[v] {
			switch {
			case index[w] == 0:
				visit(w)
				low[v] = min(low[v], low[w])
			case open[w]:
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		set := slices.Sorted(slices.Values(stack[at:]))
		stack = stack[:at]
		for _, w := range set {
			open[w] = false
		}
		if len(set) > 1 {
			out = append(out, set)
		}
	}
	for v := range edges {
		if index[v] == 0 {
			visit(v)
		}
	}
	return out
}

func largest(knots [][]string) []string {
	var out []string
	for _, k := range knots {
		if len(k) > len(out) {
			out = k
		}
	}
	return out
}
