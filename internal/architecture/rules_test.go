package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// TestRulesIndex keeps docs/rules.md: where each rule stands, by package, by the source that its comment names, and by field.
func TestRulesIndex(t *testing.T) {
	x := &index{bySource: map[string]map[string]bool{}, byField: map[string]map[string]bool{}}
	for _, p := range packages(t) {
		name, core := strings.CutPrefix(p.ImportPath, module)
		if !core || !strings.HasPrefix(name, "pkg/") {
			continue
		}
		for _, file := range p.GoFiles {
			x.read(t, filepath.Join(p.Dir, file), name+"/"+file)
		}
	}
	if len(x.rules) < 100 {
		t.Fatalf("only %d rules found", len(x.rules))
	}
	golden.Check(t, "../../docs/rules.md", x.String())
}

// TestCited: what counts as a source in a comment, and what a comment says without it.
func TestCited(t *testing.T) {
	const text = "hostDomains lists the names of a host. More of it (pilot/pkg/networking/core/httproute.go,\ngenerateVirtualHostDomains), see doc.go."
	if got := cited(text); !slices.Equal(got, []string{"pilot/pkg/networking/core/httproute.go"}) {
		t.Errorf("got %v", got)
	}
	if got := sentence(text); got != "hostDomains lists the names of a host." {
		t.Errorf("got %q", got)
	}
	if got := sentence("serves: it does (src/rbac.rs, Authorization)"); got != "serves: it does" {
		t.Errorf("got %q", got)
	}
}

// index gathers what comments and code name.
type index struct {
	rules    []rule
	bySource map[string]map[string]bool
	byField  map[string]map[string]bool
}

// rule is a line of the index: what a declaration does, and the sources that its comments name.
type rule struct {
	file, name, text string
	sources          []string
}

func (x *index) read(t *testing.T, path, name string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var own []rule
	var first *rule
	for _, d := range f.Decls {
		r := rule{file: name, name: nameOf(d), text: sentence(docOf(d))}
		if first == nil && r.text != "" {
			first = &r
		}
		for _, c := range f.Comments {
			if c == docOrNil(d) || c.Pos() >= d.Pos() && c.End() <= d.End() {
				r.sources = append(r.sources, cited(c.Text())...)
			}
		}
		slices.Sort(r.sources)
		if r.sources = slices.Compact(r.sources); len(r.sources) > 0 {
			own = append(own, r)
		}
	}
	if len(own) == 0 && first != nil {
		own = append(own, *first)
	}
	for _, r := range own {
		for _, s := range r.sources {
			note(x.bySource, s, r.file)
		}
	}
	x.rules = append(x.rules, own...)
	x.fields(f, name)
}

// fields notes the labels, annotations, spec fields, conditions' keys and fields of the mesh config that a file's code names, and what stands in the
// tables of attributes and of filters.
func (x *index) fields(f *ast.File, name string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch y := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			for _, field := range fieldPattern.FindAllString(strings.Trim(y.Value, "\"`"), -1) {
				note(x.byField, strings.TrimRight(field, "."), name)
			}
		case *ast.KeyValueExpr:
			x.entry(y, name)
		case *ast.CallExpr:
			// s.Config.Field("enableAutoMtls")
			call, ok := y.Fun.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Field" || len(y.Args) != 1 {
				return true
			}
			if of, ok := call.X.(*ast.SelectorExpr); !ok || of.Sel.Name != "Config" {
				return true
			}
			if arg, ok := y.Args[0].(*ast.BasicLit); ok {
				note(x.byField, "meshConfig."+strings.Trim(arg.Value, `"`), name)
			}
		}
		return true
	})
}

// entry notes a line of a table: Field: "principals" of an attribute, "lua": luaFilter of the filters.
func (x *index) entry(e *ast.KeyValueExpr, name string) {
	key, isName := e.Key.(*ast.Ident)
	if value, ok := e.Value.(*ast.BasicLit); ok && isName && key.Name == "Field" && name == "pkg/envoy/rbac/attribute.go" {
		note(x.byField, "spec.rules "+strings.Trim(value.Value, `"`), name)
	}
	text, ok := e.Key.(*ast.BasicLit)
	if _, rule := e.Value.(*ast.Ident); ok && rule && name == "pkg/envoyfilter/effect/http.go" {
		note(x.byField, "filter "+strings.Trim(text.Value, `"`), name)
	}
}

func (x *index) String() string {
	var out strings.Builder
	out.WriteString(`# Where each rule stands

Written by ` + "`go test ./internal/architecture -run TestRulesIndex -update`" + ` from the comments of ` + "`pkg/`" + `: [by package](#by-package), [by source](#by-source),
[by field](#by-field). Sources are files of Istio, Envoy and ztunnel; a short name stands below the folder of its neighbours.

## By package
`)
	last := ""
	for _, r := range x.rules {
		if folder := filepath.Dir(r.file); folder != last {
			fmt.Fprintf(&out, "\n### %s\n\n| rule | file | source |\n|---|---|---|\n", folder)
			last = folder
		}
		fmt.Fprintf(&out, "| %s | [%s](../%s) | %s |\n", cell(r.text, r.name), filepath.Base(r.file), r.file, strings.Join(r.sources, ", "))
	}
	out.WriteString("\n## By source\n\n| source | files |\n|---|---|\n")
	list(&out, x.bySource)
	out.WriteString("\n## By field\n\n| field, label or annotation | files |\n|---|---|\n")
	list(&out, x.byField)
	return out.String()
}

func list(out *strings.Builder, m map[string]map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		var links []string
		for _, file := range slices.Sorted(maps.Keys(m[key])) {
			links = append(links, "["+strings.TrimPrefix(file, "pkg/")+"](../"+file+")")
		}
		fmt.Fprintf(out, "| %s | %s |\n", key, strings.Join(links, ", "))
	}
}

// cell is a rule's sentence; what has none is told by its name.
func cell(text, name string) string {
	if text == "" {
		return name
	}
	return strings.ReplaceAll(text, "|", "\\|")
}

func note(m map[string]map[string]bool, key, file string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][file] = true
}

var (
	sourcePattern  = regexp.MustCompile(`\b[A-Za-z0-9_][A-Za-z0-9_./-]*\.(?:go|cc|h|rs|proto)\b`)
	inBrackets     = regexp.MustCompile(`\s*\([^()]*\.(?:go|cc|h|rs|proto)\b[^()]*\)`)
	sentenceEnd    = regexp.MustCompile(`[.:?]( [A-Z]|$)`)
	fieldPattern   = regexp.MustCompile(`\b(?:[a-z0-9-]+\.)*istio\.io/[A-Za-z][A-Za-z-]*|\bspec(?:\.[a-zA-Z]+)+|^(?:source|request|destination|connection|remote)\.[a-zA-Z.]+`)
	ownSourceNames = []string{"doc.go"}
)

// cited lists the source files that a comment names.
func cited(comment string) []string {
	var out []string
	for _, s := range sourcePattern.FindAllString(comment, -1) {
		if !slices.Contains(ownSourceNames, s) {
			out = append(out, s)
		}
	}
	return out
}

// sentence is the first sentence of a comment, without the sources that stand in brackets.
func sentence(comment string) string {
	text := inBrackets.ReplaceAllString(strings.Join(strings.Fields(comment), " "), "")
	if at := sentenceEnd.FindStringIndex(text); at != nil {
		return text[:at[0]+1]
	}
	return text
}

func docOrNil(d ast.Decl) *ast.CommentGroup {
	switch x := d.(type) {
	case *ast.FuncDecl:
		return x.Doc
	case *ast.GenDecl:
		return x.Doc
	}
	return nil
}

func docOf(d ast.Decl) string {
	if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
		return ""
	}
	return docOrNil(d).Text()
}

func nameOf(d ast.Decl) string {
	switch x := d.(type) {
	case *ast.FuncDecl:
		return x.Name.Name
	case *ast.GenDecl:
		for _, s := range x.Specs {
			switch y := s.(type) {
			case *ast.TypeSpec:
				return y.Name.Name
			case *ast.ValueSpec:
				return y.Names[0].Name
			}
		}
	}
	return ""
}
