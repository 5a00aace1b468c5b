package test

import (
	"bytes"
	"context"
	"testing"

	"github.com/mesh-why/mesh-why/internal/cluster"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// every so many of the recorded cases are tried.
const stride = 16

// fill makes the cluster the mesh of a case, and returns it as files have it.
func fill(t *testing.T, c *truth.Case) *mesh.Snapshot {
	t.Helper()
	ctx := context.Background()
	world, err := parse(c.World)
	if err != nil {
		t.Fatal(err)
	}
	own, err := parse(c.Objects)
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Become(ctx, append(world, own...)); err != nil {
		t.Fatal(err)
	}
	dump, err := root.Dump(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s, err := manifest.Source{Stdin: bytes.NewReader(dump)}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func cases(t *testing.T) []*truth.Case {
	t.Helper()
	all, err := truth.Recorded("../testdata/truth")
	if err != nil {
		t.Fatal(err)
	}
	var out []*truth.Case
	for i := 0; i < len(all); i += stride {
		out = append(out, all[i])
	}
	return out
}

// What a live cluster answers is what its dump answers, however little of it was read. Somebody with rights in two namespaces only is
// told no other thing as settled.
func TestReader(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.Area+"/"+c.Name, func(t *testing.T) {
			files := fill(t, c)
			grant(t, "testdata/tenant.yaml")
			for i, request := range c.Requests {
				q, ok, err := request.Question()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					continue
				}
				t.Logf("request %d: %s %s", i, request.From, request.URL)
				bound, wantErr := q.Bind(files)
				got, err := live(t, "admin", q)
				if (wantErr == nil) != (err == nil) {
					t.Errorf("error is %v, want %v", err, wantErr)
				}
				if wantErr != nil || err != nil {
					continue
				}
				want := explain.Explain(files, bound, explain.Options{Brief: true})
				if a, b := verdict(got), verdict(want); a != b {
					t.Errorf("the cluster answers\n%s\nits dump\n%s", a, b)
				}
				if got, err := live(t, "tenant", q); err == nil && !holds(got, want) {
					t.Errorf("the tenant is told\n%s\nwhat is so is\n%s", verdict(got), verdict(want))
				}
			}
		})
	}
}

func live(t *testing.T, user string, q question.Question) (*explain.Explanation, error) {
	t.Helper()
	r, err := cluster.New(server.Config(user), cluster.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return ask(context.Background(), r, q)
}
