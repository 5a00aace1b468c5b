package resolve_test

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
	"strings"
	"testing"
)

const module = "github.com/mesh-why/mesh-why/"

// deciding are the packages in which an answer comes about. What others read, such as pkg/findings, changes no answer.
var deciding = []string{"pkg/mesh", "pkg/envoy", "pkg/precedence", "pkg/envoyfilter", "pkg/trafficextension", "pkg/resolve"}

// rooms are the folders of the packages that decide, with those below them.
func rooms(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, root := range deciding {
		err := filepath.WalkDir("../../"+root, func(name string, d os.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if files, _ := filepath.Glob(name + "/*.go"); len(files) > 0 {
				out = append(out, strings.TrimPrefix(filepath.ToSlash(name), "../../"))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// reads finds, by type checking the packages that decide, which fields of messages of istio.io/api they read, and in which files. A field
// is named as in Go: istio.io/api/networking/v1alpha3.VirtualService.Hosts.
func reads(t *testing.T) map[string][]string {
	t.Helper()
	exports := exported(t)
	fset := token.NewFileSet()
	compiled := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		file, ok := exports[path]
		if !ok {
			return nil, errors.New("no export data for " + path)
		}
		return os.Open(file)
	})
	out := map[string][]string{}
	for _, p := range rooms(t) {
		dir := "../../" + p
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}, Uses: map[*ast.Ident]types.Object{}}
		if _, err := (&types.Config{Importer: compiled}).Check(module+p, fset, files, info); err != nil {
			t.Fatal(err)
		}
		note := func(field string, pos token.Pos) {
			file := p + "/" + filepath.Base(fset.Position(pos).Filename)
			if list := out[field]; len(list) == 0 || list[len(list)-1] != file {
				out[field] = append(list, file)
			}
		}
		written := map[ast.Expr]bool{}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN {
					for _, left := range a.Lhs {
						written[left] = true
					}
				}
				return true
			})
		}
		for e, s := range info.Selections {
			if owner := owner(s); owner != "" && !written[e] {
				note(owner+"."+strings.TrimPrefix(s.Obj().Name(), "Get"), e.Pos())
			}
		}
		for id, o := range info.Uses {
			// The wrappers of a oneof are named after the message and the field: StringMatch_Exact.
			if n, is := o.(*types.TypeName); is && ofAPI(n.Pkg()) {
				if i := strings.LastIndexByte(n.Name(), '_'); i > 0 {
					note(n.Pkg().Path()+"."+n.Name()[:i]+"."+n.Name()[i+1:], id.Pos())
				}
			}
		}
	}
	return out
}

// exported asks the go command for the export data of what the packages import.
func exported(t *testing.T) map[string]string {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Export"}
	for _, p := range deciding {
		args = append(args, "./"+p+"/...")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	out := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(list)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out[p.ImportPath] = p.Export
	}
}

// owner is the message whose field or method a selection picks, also through structs that embed the message.
func owner(s *types.Selection) string {
	if f, ok := s.Obj().(*types.Func); ok {
		return named(f.Signature().Recv().Type())
	}
	t := s.Recv()
	for _, i := range s.Index()[:len(s.Index())-1] {
		t = deref(t).Underlying().(*types.Struct).Field(i).Type()
	}
	return named(t)
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// named is the import path and the name of a message's type; empty for other types.
func named(t types.Type) string {
	n, ok := types.Unalias(deref(t)).(*types.Named)
	if !ok || !ofAPI(n.Obj().Pkg()) {
		return ""
	}
	return n.Obj().Pkg().Path() + "." + n.Obj().Name()
}

func ofAPI(p *types.Package) bool { return p != nil && strings.HasPrefix(p.Path(), "istio.io/api/") }
