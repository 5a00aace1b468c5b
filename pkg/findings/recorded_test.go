package findings_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/findings"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Every recorded request is reviewed, twice to the same findings, each of which the catalogue has a sentence for.
func TestRecorded(t *testing.T) {
	err := truth.Each("../../testdata/truth", func(_ int, c *truth.Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		return c.Asked(s, func(_ int, r *flow.Request) error {
			root := resolve.Run(s, r)
			found := findings.Of(s, r, root)
			if again := findings.Of(s, r, root); !reflect.DeepEqual(found, again) {
				return fmt.Errorf("two reviews differ: %v, %v", found, again)
			}
			for _, f := range found {
				if _, ok := catalogue.Lookup(string(f.Code)); !ok || f.Resource.IsZero() {
					return fmt.Errorf("%v has no sentence or no object", f)
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// The sample is a mesh as they are: some requests fail in it, but no object of it does other than it looks.
func TestSampleIsQuiet(t *testing.T) {
	s, err := manifest.Source{}.Snapshot("../../cmd/kubectl-mesh_why/sample/mesh.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pods, _ := s.Pods.All()
	services, _ := s.Services.All()
	for _, p := range pods {
		for _, x := range services {
			for _, path := range []string{"", "/ip", "/reviews"} {
				q := question.Question{From: p.Namespace + "/" + p.Name, To: x.Name + "." + x.Namespace + path}
				r, err := q.Bind(s)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range findings.Of(s, r, resolve.Run(s, r)) {
					t.Errorf("%s to %s: %s %s: %s", q.From, q.To, f.Code, f.Resource, catalogue.Text(string(f.Code), f.Args...))
				}
			}
		}
	}
}

// Nothing to review yields nothing.
func TestNothing(t *testing.T) {
	if got := findings.Of(nil, nil, nil); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}
