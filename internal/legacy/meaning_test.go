package legacy_test

import (
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/expect"
	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/legacy"
	"github.com/mesh-why/mesh-why/pkg/explain"
)

// What old objects meant is asked of what they became: each case holds a mesh, old.yaml, and the requests with the answers of 1.4, or
// with today's where the two are not the same.
func TestMeaning(t *testing.T) {
	golden.Cases(t, "testdata/meaning", func(t *testing.T, c *golden.Case) {
		world := c.File("mesh.yaml")
		old := c.File("old.yaml")
		asked := c.File("requests.yaml")
		before := snapshot(t, world+"---\n"+old)
		result, err := legacy.Translate(before.Legacy, legacy.ContextOf(before))
		if err != nil {
			t.Fatal(err)
		}
		after := snapshot(t, world+"---\n"+yaml(t, result))
		requests, err := expect.Load("-", strings.NewReader(asked))
		if err != nil {
			t.Fatal(err)
		}
		for i := range requests.Requests {
			q, err := requests.Question(i, expect.Defaults{Namespace: "foo"})
			if err != nil {
				t.Fatal(err)
			}
			bound, err := q.Bind(after)
			if err != nil {
				t.Fatalf("%s: %v", requests.Requests[i].Name, err)
			}
			e := explain.Explain(after, bound, explain.Options{Brief: true})
			if requests.Requests[i].Check(e) != expect.Met {
				t.Errorf("%s: want %v, got %v", requests.Requests[i].Name, e.Expected.Want, e.Expected.Got)
			}
		}
	})
}
