package gatewayapi_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

const gatewayCases = "testdata/gatewayapi"

// TestGatewayAPI compares what is made of a case's objects with what the case expects: a case may force a release in a file "version".
func TestGatewayAPI(t *testing.T) {
	golden.Cases(t, gatewayCases, func(t *testing.T, c *golden.Case) {
		c.Check(t, "want", describe(snapshot(t, c)))
	})
}

// snapshot reads a case's objects on top of those that all cases share.
func snapshot(t testing.TB, c *golden.Case) *mesh.Snapshot {
	t.Helper()
	s, err := manifest.Source{Stdin: strings.NewReader(c.File("objects.yaml"))}.Snapshot(gatewayCases+"/base.yaml", "-")
	if err != nil {
		t.Fatal(err)
	}
	if v := strings.TrimSpace(c.File("version")); v != "" {
		r, err := release.Parse(v)
		if err != nil {
			t.Fatal(err)
		}
		s.ForceVersion(r)
	}
	return s
}

// FuzzGatewayAPI looks for objects that are decoded and then not understood: nothing may panic, and the same objects always make the same.
func FuzzGatewayAPI(f *testing.F) {
	for _, c := range golden.List(f, gatewayCases) {
		f.Add([]byte(c.File("objects.yaml")))
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
