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
