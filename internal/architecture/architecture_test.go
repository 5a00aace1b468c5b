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

// layers are the rooms of the pure core from the ground up. A package imports packages of lower layers only, and every package of pkg/ stands in one.
var layers = [][]string{
	{"pkg/mesh/release"},
	{"pkg/mesh", "pkg/envoy", "pkg/evidence", "pkg/accesslog", "pkg/explain/redact", "pkg/explain/symptom", "pkg/envoyfilter/message", "pkg/envoyfilter/lua"},
	{"pkg/mesh/agent"},
	{"pkg/envoy/jwtauthn"},
	{"pkg/envoy/rbac"},
	{"pkg/precedence", "pkg/envoyfilter/matching", "pkg/trafficextension"},
	{"pkg/precedence/config", "pkg/precedence/capture", "pkg/precedence/waypoint", "pkg/precedence/credential", "pkg/envoyfilter/effect"},
	{"pkg/precedence/gatewayapi/resource"},
	{"pkg/precedence/gatewayapi/listeners", "pkg/precedence/gatewayapi/rules", "pkg/precedence/ingress"},
	{"pkg/precedence/gatewayapi", "pkg/precedence/ztunnel", "pkg/envoyfilter"},
	{"pkg/precedence/routing", "pkg/precedence/enforcement"},
	{"pkg/precedence/gateway"},
	{"pkg/resolve/flow"},
	{"pkg/resolve/verdict", "pkg/resolve/dns", "pkg/resolve/older", "pkg/explain/secrets"},
	{"pkg/resolve/route"},
	{"pkg/resolve/upstream"},
	{"pkg/resolve/policy"},
	{"pkg/resolve/extension", "pkg/resolve/nacked", "pkg/resolve/hcm", "pkg/resolve/client", "pkg/resolve/server", "pkg/resolve/gateway", "pkg/resolve/waypoint", "pkg/resolve/ztunnel", "pkg/resolve/application"},
	{"pkg/resolve"},
	{"pkg/findings/walk"},
	{"pkg/findings/routing", "pkg/findings/transport", "pkg/findings/policies", "pkg/findings/enforcement"},
	{"pkg/findings", "pkg/explain/catalogue", "pkg/matrix"},
	{"pkg/repair/reach", "pkg/repair/ambient"},
	{"pkg/repair"},
	{"pkg/explain"},
	{"pkg/explain/meaning", "pkg/explain/enforced"},
}

// outer lists what of the module the packages around the core may import. A folder stands for the packages below it too.
var outer = map[string][]string{
	"internal/shell":    {},
	"internal/glyph":    {},
	"internal/suggest":  {},
	"internal/yamljson": {},
	"internal/joined":   {},
	"internal/jwks":     {"pkg/envoy", "pkg/explain/redact"},
	"internal/standin":  {"pkg/mesh"},
	"internal/manifest": {"pkg/mesh", "internal/standin", "internal/glyph", "internal/suggest", "internal/process", "pkg/explain/redact", "internal/yamljson", "internal/shell", "internal/joined"},
	"internal/dump":     {"pkg/mesh", "internal/manifest", "internal/yamljson", "internal/glyph", "pkg/explain/redact", "pkg/envoyfilter/lua"},
	"internal/process":  {},
	"internal/cluster":  {"pkg/mesh", "internal/manifest", "internal/process", "pkg/explain/redact"},
	"internal/question": {"pkg/mesh", "pkg/envoy", "pkg/precedence", "pkg/resolve", "internal/suggest", "pkg/explain/redact"},
	"internal/expect":   {"pkg/explain", "pkg/resolve", "internal/suggest", "internal/question", "internal/yamljson"},
	"internal/render":   {"pkg/mesh", "internal/glyph", "pkg/explain", "pkg/matrix", "pkg/precedence/enforcement", "internal/suggest"},
	"internal/legacy":   {"pkg/mesh", "internal/suggest", "internal/joined"},
	"internal/logged":   {"internal/process", "pkg/accesslog", "pkg/mesh", "pkg/resolve", "pkg/precedence/waypoint", "pkg/matrix", "pkg/explain", "pkg/explain/redact", "pkg/explain/secrets", "pkg/explain/symptom", "internal/question"},
}

// leaves may be imported by every package: they know nothing of the mesh.
var leaves = []string{"internal/shell", "internal/suggest", "internal/yamljson"}

func TestLayers(t *testing.T) {
	at := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			at[name] = i
		}
	}
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if !strings.HasPrefix(name, "pkg/") {
			continue
		}
		layer, ok := at[name]
		if !ok {
			t.Errorf("%s stands in no layer", name)
			continue
		}
		seen[name] = true
		for _, i := range p.Imports {
			own, is := strings.CutPrefix(i, module)
			if !is || slices.Contains(leaves, own) {
				continue
			}
			if below, ok := at[own]; !ok || below >= layer {
				t.Errorf("%s imports %s, which does not stand below it", name, own)
			}
		}
	}
	for name := range at {
		if !seen[name] {
			t.Errorf("%s is listed here and is no package", name)
		}
	}
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, ok := outer[name]
		if !ok {
			continue
		}
		seen[name] = true
		for _, i := range p.Imports {
			own, is := strings.CutPrefix(i, module)
			if is && !slices.ContainsFunc(allowed, func(a string) bool { return own == a || strings.HasPrefix(own, a+"/") }) {
				t.Errorf("%s imports %s", name, own)
			}
		}
	}
	for name := range outer {
		if !seen[name] {
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
		"github.com/go-jose/go-jose/v4":     {"pkg/envoy/jwtauthn"},
		"github.com/yuin/gopher-lua":        {"pkg/envoyfilter/lua"},
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

// TestFileSizes holds files to one thing each: above 400 lines there are two.
func TestFileSizes(t *testing.T) {
	const most = 400
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
