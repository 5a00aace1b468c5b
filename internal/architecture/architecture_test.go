// Package architecture holds the packages to their arrows: who may import whom, and what the pure core may not touch.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mesh-why/mesh-why/"

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// packages lists the module's packages as the go command sees them.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Dir,GoFiles,Imports,Deps", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// arrows lists what of the module each package may import.
var arrows = map[string][]string{
	"pkg/accesslog":  {},
	"pkg/mesh":       {"internal/yamljson"},
	"pkg/envoy":      {},
	"pkg/precedence": {"pkg/mesh"},
	"pkg/resolve":    {"pkg/mesh", "pkg/envoy", "pkg/precedence"},
	"pkg/review":     {"pkg/mesh", "pkg/envoy", "pkg/precedence", "pkg/resolve"},
	"pkg/explain":    {"pkg/mesh", "pkg/envoy", "pkg/precedence", "pkg/resolve", "pkg/review", "internal/near", "pkg/explain/redact", "pkg/explain/symptom"},
	"pkg/matrix":     {"pkg/mesh", "pkg/envoy", "pkg/precedence", "pkg/resolve", "pkg/explain"},

	"pkg/explain/redact":  {},
	"pkg/explain/symptom": {},

	"internal/near":     {},
	"internal/yamljson": {},
	"internal/keyset":   {"pkg/envoy", "pkg/explain/redact"},
	"internal/manifest": {"pkg/mesh", "internal/near", "pkg/explain/redact", "internal/yamljson"},
	"internal/cluster":  {"pkg/mesh", "internal/manifest", "pkg/explain/redact"},
	"internal/question": {"pkg/mesh", "pkg/envoy", "pkg/precedence", "pkg/resolve", "internal/near", "pkg/explain/redact"},
	"internal/expect":   {"pkg/explain", "pkg/resolve", "internal/near", "internal/question", "internal/yamljson"},
	"internal/render":   {"pkg/mesh", "pkg/explain", "pkg/matrix", "internal/near"},
	"internal/migrate":  {"pkg/mesh", "internal/near"},

	"pkg/precedence/capture":  {"pkg/mesh", "pkg/precedence"},
	"pkg/precedence/waypoint": {"pkg/mesh", "pkg/precedence"},
	"pkg/precedence/ztunnel":  {"pkg/mesh", "pkg/precedence", "pkg/precedence/waypoint"},

	"pkg/precedence/enforcement": {"pkg/mesh", "pkg/precedence", "pkg/precedence/capture", "pkg/precedence/waypoint", "pkg/precedence/ztunnel"},
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, ok := arrows[name]
		if !ok {
			continue
		}
		seen[name] = true
		for _, i := range p.Imports {
			if own, is := strings.CutPrefix(i, module); is && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", name, own)
			}
		}
	}
	for name := range arrows {
		if _, err := os.Stat(filepath.Join("../..", name)); err == nil && !seen[name] {
			t.Errorf("%s is listed here and is no package", name)
		}
	}
}

// TestPureCore: pkg/ does no input and output, reads no clock and does not talk to a cluster.
func TestPureCore(t *testing.T) {
	forbidden := []string{"os", "os/exec", "net", "net/http", "io/fs", "io/ioutil", "path/filepath", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand",
		"k8s.io/client-go", "k8s.io/cli-runtime", "k8s.io/klog", "github.com/spf13/cobra", "github.com/olekukonko/tablewriter"}
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, module+"pkg/") {
			continue
		}
		for _, i := range p.Imports {
			for _, f := range forbidden {
				if i == f || strings.HasPrefix(i, f+"/") && strings.Contains(f, ".") {
					t.Errorf("%s imports %s", p.ImportPath, i)
				}
			}
		}
		for _, file := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(src, []byte("time.Now(")) {
				t.Errorf("%s/%s reads the clock", p.ImportPath, file)
			}
		}
	}
}

// TestOnlyImporters: a library that should be easy to replace has one importer, and some have none.
func TestOnlyImporters(t *testing.T) {
	only := map[string][]string{
		"github.com/olekukonko/tablewriter": {"internal/render"},
		"k8s.io/client-go":                  {"internal/cluster", "cmd/kubectl-mesh_why"},
		"k8s.io/cli-runtime":                {"cmd/kubectl-mesh_why"},
		"github.com/go-jose/go-jose/v4":     {"pkg/envoy"},
		"istio.io/istio":                    {},
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, i := range p.Imports {
			for lib, allowed := range only {
				if (i == lib || strings.HasPrefix(i, lib+"/")) && !slices.Contains(allowed, name) {
					t.Errorf("%s imports %s", name, i)
				}
			}
		}
		if slices.ContainsFunc(p.Deps, func(d string) bool { return d == "istio.io/istio" || strings.HasPrefix(d, "istio.io/istio/") }) {
			t.Errorf("%s depends on istio.io/istio", name)
		}
	}
}

// TestFileSizes: a file above 250 lines needs a reason, and there is none.
func TestFileSizes(t *testing.T) {
	const most = 250
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(src, []byte("\n")); n > most {
				t.Errorf("%s/%s has %d lines", strings.TrimPrefix(p.ImportPath, module), file, n)
			}
		}
	}
}

// TestTextTemplate: executing a template links a large part of the standard library and makes the binary a third larger.
func TestTextTemplate(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			if i == "text/template" || i == "html/template" {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}
