package cluster

import (
	"context"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/mesh-why/mesh-why/internal/clustertest"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// fake is an API server, and how to read it.
type fake struct{ *clustertest.Server }

type (
	asked        = clustertest.Asked
	fakeExchange = clustertest.Exchange
)

// status answers as an API server says no.
var status = clustertest.Status

var usual = sync.OnceValues(func() (*mesh.Snapshot, error) { return manifest.Source{}.Snapshot("testdata/mesh.yaml") })

func newFake(t *testing.T, files ...string) *fake {
	t.Helper()
	s, err := usual()
	if len(files) > 0 {
		s, err = manifest.Source{}.Snapshot(files...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &fake{clustertest.New(t, s)}
}

// reader reads the fake. Nobody waits for anything.
func (f *fake) reader(t *testing.T, o Options) *Reader {
	t.Helper()
	if o.Sleep == nil {
		o.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	r, err := New(&rest.Config{Host: f.URL}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
