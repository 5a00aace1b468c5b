package review_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/review"
)

// Every recorded request is reviewed, twice to the same findings, each of which the catalogue has a sentence for.
func TestRecorded(t *testing.T) {
	names, err := filepath.Glob("../../testdata/truth/*.tar.gz")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			cases, err := truth.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				s, err := c.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range c.Requests {
					q, ok, err := r.Question()
					if err != nil {
						t.Fatal(err)
					}
					if !ok {
						continue
					}
					bound, err := q.Bind(s)
					if err != nil {
						t.Fatal(err)
					}
					root := resolve.Run(s, bound)
					found := review.Of(s, bound, root)
					if again := review.Of(s, bound, root); !reflect.DeepEqual(found, again) {
						t.Errorf("%s[%d]: two reviews differ: %v, %v", c.Name, i, found, again)
					}
					for _, f := range found {
						if _, ok := explain.Lookup(string(f.Code)); !ok || f.Resource.IsZero() {
							t.Errorf("%s[%d]: %v has no sentence or no object", c.Name, i, f)
						}
					}
				}
			}
		})
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
				for _, f := range review.Of(s, r, resolve.Run(s, r)) {
					t.Errorf("%s to %s: %s %s: %s", q.From, q.To, f.Code, f.Resource, explain.Text(string(f.Code), f.Facts...))
				}
			}
		}
	}
}

// Nothing to review yields nothing.
func TestNothing(t *testing.T) {
	if got := review.Of(nil, nil, nil); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}
