package matrix_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/matrix"
)

func TestDocumentVersion(t *testing.T) {
	if got := (&matrix.Matrix{}).Document("GET").APIVersion; got != explain.APIVersion {
		t.Errorf("a matrix is %s, other documents are %s", got, explain.APIVersion)
	}
}
