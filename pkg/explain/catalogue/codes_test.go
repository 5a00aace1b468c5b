package catalogue

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// codeTypes are the types whose constants are codes of the catalogue.
var codeTypes = []string{"Reason", "Note", "LossReason", "Cause"}

// nothingToDo are the reasons that leave nobody anything to do: the request gets what it was sent for.
var nothingToDo = []string{"Reached", "APIServerAnswered", "ProxyAnswers", "PreflightAnswered"}

// declared are the codes that the packages of pkg declare: by type, and in the order of files.
func declared(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	sources(t, "../..", func(name string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			kind := typeName(spec.Type)
			for _, v := range spec.Values {
				lit, is := v.(*ast.BasicLit)
				if call, conversion := v.(*ast.CallExpr); conversion && len(call.Args) == 1 {
					kind = typeName(call.Fun)
					lit, is = call.Args[0].(*ast.BasicLit)
				}
				if code := literal(lit); is && code != "" && slices.Contains(codeTypes, kind) {
					out[kind] = append(out[kind], code)
				}
			}
			return true
		})
	})
	for _, kind := range codeTypes {
		if len(out[kind]) == 0 {
			t.Fatalf("no constant of type %s was found", kind)
		}
	}
	return out
}

// sources calls f with every Go file below a folder that is no test.
func sources(t *testing.T, root string, f func(name string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f(name, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func literal(l *ast.BasicLit) string {
	if l == nil || l.Kind != gotoken.STRING {
		return ""
	}
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return ""
	}
	return s
}

// Every code has an entry with a sentence; a reason also tells what it means and, where somebody can do something, what.
func TestEveryCodeHasAnEntry(t *testing.T) {
	for kind, codes := range declared(t) {
		for _, code := range codes {
			e, ok := entries[code]
			if !ok || e.Text == "" {
				t.Errorf("%s %s: no entry with a text", kind, code)
				continue
			}
			if kind != "Reason" {
				continue
			}
			if e.Long == "" {
				t.Errorf("%s: no Long", code)
			}
			if (e.Help == "") != slices.Contains(nothingToDo, code) {
				t.Errorf("%s: Help is %q; nothingToDo says otherwise", code, e.Help)
			}
		}
	}
}

// Every code has a title, a meaning and something to do about it. None of them has a hole: brackets around nothing, a verb of a format, or
// what a template prints for a value that is not there.
func TestEveryEntryIsWhole(t *testing.T) {
	hole := regexp.MustCompile(`\(\s*\)|(^|\s)\[\s*\]|%[a-z]|<no value>|<nil>|  |\s,|"\s*"`)
	for code, e := range entries {
		for _, part := range []struct{ name, text string }{{"title", Text(code)}, {"meaning", e.Long}, {"what to do", e.ToDo()}} {
			if part.text == "" {
				t.Errorf("%s has no %s", code, part.name)
			}
			if part.name != "title" && hole.MatchString(part.text) {
				t.Errorf("%s has a hole in its %s: %q", code, part.name, part.text)
			}
		}
		if !strings.HasSuffix(strings.TrimSuffix(e.Long, ")"), ".") {
			t.Errorf("%s: the meaning is not a sentence: %q", code, e.Long)
		}
	}
}

// How a connection is wrapped is told behind "since" in other sentences, so each such note has a clause for that.
func TestTransportNotesHaveAClause(t *testing.T) {
	names := map[string]string{} // constant -> code
	used := map[string]bool{}
	sources(t, "../../resolve", func(_ string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if lit, ok := v.(*ast.BasicLit); ok && typeName(n.Type) == "Note" {
						names[n.Names[i].Name] = literal(lit)
					}
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Why" && len(n.Lhs) == len(n.Rhs) {
						used[typeName(n.Rhs[i])] = true
					}
				}
			case *ast.KeyValueExpr:
				if typeName(n.Key) == "Why" {
					used[typeName(n.Value)] = true
				}
			}
			return true
		})
	})
	some := 0
	for name := range used {
		code, ok := names[name]
		if !ok {
			continue
		}
		some++
		if entries[code].Since == "" {
			t.Errorf("%s: no Since, and it tells why a connection is wrapped as it is", code)
		}
	}
	if some == 0 {
		t.Error("no note was found that tells how a connection is wrapped")
	}
}

// Every entry is used: its code stands somewhere else in the source than in the catalogue. No code has two entries.
func TestNoEntryIsAnOrphan(t *testing.T) {
	used := map[string]bool{}
	lists := 0
	seen := map[string]string{}
	for _, root := range []string{"../..", "../../../internal", "../../../cmd"} {
		sources(t, root, func(name string, file *ast.File) {
			own := strings.HasSuffix(filepath.Dir(name), "catalogue") || filepath.Dir(name) == "."
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					used[literal(n)] = used[literal(n)] || !own
				case *ast.KeyValueExpr:
					if lit, ok := n.Value.(*ast.BasicLit); ok && own && typeName(n.Key) == "Code" {
						lists++
						if before := seen[literal(lit)]; before != "" {
							t.Errorf("%s has an entry in %s and one in %s", literal(lit), before, name)
						}
						seen[literal(lit)] = name
					}
				}
				return true
			})
		})
	}
	for code := range entries {
		if !used[code] {
			t.Errorf("%s: nothing uses this entry", code)
		}
	}
	if lists != len(entries) {
		t.Errorf("%d entries are written and %d are in the catalogue: is a list left out of it?", lists, len(entries))
	}
}
