package joined_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/mesh-why/mesh-why/internal/joined"
)

// TestErrors takes errors apart that are joined more than once, and leaves others whole.
func TestErrors(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	if got := joined.Errors(errors.Join(errors.Join(a, b), nil, c)); !slices.Equal(got, []error{a, b, c}) {
		t.Errorf("joined: %v", got)
	}
	if got := joined.Errors(a); !slices.Equal(got, []error{a}) {
		t.Errorf("a single one: %v", got)
	}
}
