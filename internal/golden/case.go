package golden

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Case is a txtar archive: what goes into a test, and what has to come out.
type Case struct {
	*txtar.Archive
	path string
}

// Cases runs f as a test of its own for every archive of a folder.
func Cases(t *testing.T, folder string, f func(*testing.T, *Case)) {
	t.Helper()
	for _, c := range List(t, folder) {
		t.Run(c.Name(), func(t *testing.T) { f(t, c) })
	}
}

// List are the archives of a folder.
func List(t testing.TB, folder string) []*Case {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases in %s: %v", folder, err)
	}
	var out []*Case
	for _, name := range names {
		out = append(out, Load(t, name))
	}
	return out
}

// Load reads one archive.
func Load(t testing.TB, path string) *Case {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &Case{archive, path}
}

// Name is the archive's, without folder and ending.
func (c *Case) Name() string { return strings.TrimSuffix(filepath.Base(c.path), ".txtar") }

// Path is where the archive lies.
func (c *Case) Path() string { return c.path }

// File is what a file of the archive holds, empty where there is none.
func (c *Case) File(name string) string {
	if i := c.index(name); i >= 0 {
		return string(c.Files[i].Data)
	}
	return ""
}

func (c *Case) index(name string) int {
	return slices.IndexFunc(c.Files, func(f txtar.File) bool { return f.Name == name })
}

// Check compares with a file of the archive. Further names are those of files that cannot be there beside it.
func (c *Case) Check(t testing.TB, name, got string, instead ...string) {
	t.Helper()
	if !*Update {
		if want := c.File(name); got != want || c.index(name) < 0 {
			t.Error(Differs(c.path+" "+name, []byte(want), []byte(got)))
		}
		return
	}
	c.Files = slices.DeleteFunc(c.Files, func(f txtar.File) bool { return slices.Contains(instead, f.Name) })
	if i := c.index(name); i >= 0 {
		c.Files[i].Data = []byte(got)
	} else {
		c.Files = append(c.Files, txtar.File{Name: name, Data: []byte(got)})
	}
	if err := os.WriteFile(c.path, txtar.Format(c.Archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
