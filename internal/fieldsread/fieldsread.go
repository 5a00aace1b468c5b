// Package fieldsread finds out which fields of Kubernetes' objects the code of this module reads, for tests of what drops fields.
package fieldsread

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
)

// Field is a field of a struct type.
type Field struct {
	Type string // such as k8s.io/api/core/v1.PodSpec
	Name string // in JSON
}

// listed is a package as the go command sees it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// In returns the fields of other modules' types that packages of this module read, each with a place where they do. Patterns are those of the go
// command.
func In(patterns ...string) (map[Field]string, error) {
	own, err := list(append([]string{"-export"}, patterns...)...)
	if err != nil {
		return nil, err
	}
	all, err := list(append([]string{"-export", "-deps"}, patterns...)...)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	out := map[Field]string{}
	for _, p := range own {
		if err := read(fset, imports, p, out); err != nil {
			return nil, fmt.Errorf("%s: %w", p.ImportPath, err)
		}
	}
	return out, nil
}

func list(args ...string) ([]listed, error) {
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Export,GoFiles"}, args...)...).Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			return nil, fmt.Errorf("go list: %s", failed.Stderr)
		}
		return nil, err
	}
	var list []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
}

// read adds what a package reads.
func read(fset *token.FileSet, imports types.Importer, p listed, out map[Field]string) error {
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}}
	if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info); err != nil {
		return err
	}
	for x, s := range info.Selections {
		if s.Kind() != types.FieldVal {
			continue
		}
		// Through embedded fields, as with Labels of a Pod, which are those of its ObjectMeta.
		t := s.Recv()
		for _, i := range s.Index() {
			if pointer, ok := t.Underlying().(*types.Pointer); ok {
				t = pointer.Elem()
			}
			of, ok := t.Underlying().(*types.Struct)
			if !ok {
				break
			}
			if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != nil {
				name, _, _ := strings.Cut(reflect.StructTag(of.Tag(i)).Get("json"), ",")
				out[Field{named.Obj().Pkg().Path() + "." + named.Obj().Name(), name}] = fset.Position(x.Sel.Pos()).String()
			}
			t = of.Field(i).Type()
		}
	}
	return nil
}
