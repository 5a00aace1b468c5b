package manifest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// TestLinks: a folder that is a link is read, and so are files that are. What links within a folder lead to is read once where it stands; a link to a folder
// elsewhere is an error.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links take rights there
	}
	elsewhere := folder(t, map[string]string{"x.yaml": pod("x")})
	dir := folder(t, map[string]string{"..2026_01_01/a.yaml": pod("a"), "sub/b.yaml": pod("b")})
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	// As the kubelet mounts a ConfigMap, with a circle and a link that leads nowhere besides.
	link("..2026_01_01", "..data")
	link("..data/a.yaml", "a.yaml")
	link("../sub", "sub/again")
	link("nowhere", "sub/nothing")
	link(filepath.Join(elsewhere, "x.yaml"), "sub/c.yaml")
	whole := filepath.Join(t.TempDir(), "whole")
	if err := os.Symlink(dir, whole); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, whole, whole + "/"} {
		s, err := Source{}.Snapshot(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var names []string
		for _, r := range s.Objects(mesh.Pod) {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != "a b x" {
			t.Errorf("%s: got %s", name, got)
		}
	}
	link(elsewhere, "sub/more")
	target, err := filepath.EvalSymlinks(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Source{}.Snapshot(whole)
	want := filepath.Join(whole, "sub/more") + " is a link to a folder elsewhere, which is not followed; name that folder too: -f " + target
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	link("nowhere", "sub/d.yaml")
	if _, err := (Source{}).Snapshot(filepath.Join(dir, "sub/d.yaml")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a link that leads nowhere: %v", err)
	}
}

// TestRepository: of a repository's folders those of tools are passed over, and those whose files are not what is applied are refused.
func TestRepository(t *testing.T) {
	const plainList = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml, sub]\n"
	for name, x := range map[string]struct {
		files map[string]string
		want  string // the error; empty where pods a and b are read
	}{
		"hidden folders":               {map[string]string{".github/workflow.yaml": "on: push", "x/.ci/c.yaml": "c: 1", ".lint.yaml": "a: b"}, ""},
		"a list of what is there":      {map[string]string{"kustomization.yaml": plainList}, ""},
		"one without a kind":           {map[string]string{"kustomization.yml": "resources: [a.yaml]"}, ""},
		"patches":                      {map[string]string{"over/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\nnamespace: x\n"}, "%s/over/kustomization.yaml: it applies namespace, patches; only kustomize does that, so render it first: kubectl kustomize %s/over | kubectl mesh-why -f -"},
		"bases":                        {map[string]string{"over/kustomization.yaml": "resources: [../sub]\n"}, "%s/over/kustomization.yaml: it takes ../sub from elsewhere; only kustomize does that, so render it first: kubectl kustomize %s/over | kubectl mesh-why -f -"},
		"a chart":                      {map[string]string{"chart/Chart.yaml": "name: x", "chart/templates/x.yaml": "{{ if x }}"}, "%s/chart is a Helm chart, and its files are templates; render it first: helm template %s/chart | kubectl mesh-why -f -"},
		"a kustomization that is none": {map[string]string{"kustomization.yaml": "a: ["}, "%s/kustomization.yaml: yaml: line 1: did not find expected node content"},
	} {
		files := map[string]string{"a.yaml": pod("a"), "sub/b.yaml": pod("b")}
		for n, text := range x.files {
			files[n] = text
		}
		dir := folder(t, files)
		s, err := Source{}.Snapshot(dir)
		if x.want != "" {
			if want := strings.ReplaceAll(x.want, "%s", dir); err == nil || err.Error() != want {
				t.Errorf("%s:\n got %v\nwant %s", name, err, want)
			}
			continue
		}
		if err != nil || len(s.Objects(mesh.Pod)) != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestErrorsOfManyFiles: of the errors of many files the first are told, and the rest is counted.
func TestErrorsOfManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files["f"+string(rune('a'+i%26))+string(rune('a'+i/26))+".yaml"] = "a: b"
	}
	_, err := Source{}.Snapshot(folder(t, files))
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 21 || lines[20] != "and 10 more errors" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// TestEmptyInput: standard input without a byte is an error, as the command before it failed; an empty file, or a list of nothing, is none.
func TestEmptyInput(t *testing.T) {
	for text, fails := range map[string]bool{"": true, "\n": false, `{"kind":"List","apiVersion":"v1","items":[]}`: false} {
		_, err := Source{Stdin: strings.NewReader(text)}.Snapshot("-")
		if (err != nil) != fails {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := (Source{}).Snapshot(folder(t, map[string]string{"a.yaml": ""})); err != nil {
		t.Error(err)
	}
}
