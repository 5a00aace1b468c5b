package precedence_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

var update = flag.Bool("update", false, "write what the cases expect anew")

const gatewayCases = "testdata/gatewayapi"

// TestGatewayAPI compares what is made of a case's objects with what the case expects: a case may force a release in a file "version".
func TestGatewayAPI(t *testing.T) {
	names, err := filepath.Glob(gatewayCases + "/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := describe(snapshot(t, archive))
			if *update {
				setFile(archive, "want", got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := file(archive, "want"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// snapshot reads a case's objects on top of those that all cases share.
func snapshot(t testing.TB, archive *txtar.Archive) *mesh.Snapshot {
	t.Helper()
	s, err := manifest.Source{Stdin: strings.NewReader(file(archive, "objects.yaml"))}.Snapshot(gatewayCases+"/base.yaml", "-")
	if err != nil {
		t.Fatal(err)
	}
	if v := strings.TrimSpace(file(archive, "version")); v != "" {
		r, err := mesh.ParseRelease(v)
		if err != nil {
			t.Fatal(err)
		}
		s.ForceVersion(r)
	}
	return s
}

func file(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setFile(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

// FuzzGatewayAPI looks for objects that are decoded and then not understood: nothing may panic, and the same objects always make the same.
func FuzzGatewayAPI(f *testing.F) {
	names, _ := filepath.Glob(gatewayCases + "/*.txtar")
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(file(archive, "objects.yaml")))
	}
	f.Fuzz(func(t *testing.T, objects []byte) {
		read := func() *mesh.Snapshot {
			s, err := manifest.Source{Stdin: bytes.NewReader(objects)}.Snapshot(gatewayCases+"/base.yaml", "-")
			if err != nil {
				return nil
			}
			return s
		}
		a, b := read(), read()
		if a == nil || b == nil {
			return
		}
		if x, y := describe(a), describe(b); x != y {
			t.Errorf("not the same twice:\n%s\n%s", x, y)
		}
	})
}
