package matrix_test

import (
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// What is recorded is judged by package explain, which needs this package: the tests within it get at recordings from without.
func init() {
	matrix.Recorded = func(f func(int, matrix.RecordedMesh) error) error {
		return truth.Each("../../testdata/truth", func(i int, c *truth.Case) error {
			var urls []string
			for _, r := range c.Requests {
				urls = append(urls, r.URL)
			}
			return f(i, matrix.RecordedMesh{Snapshot: func() (*mesh.Snapshot, error) { return c.Snapshot() }, URLs: urls})
		})
	}
}
