package older_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/internal/ruletest"
)

// TestRules runs the archives of testdata/rules/resolve/older.
func TestRules(t *testing.T) { ruletest.Run(t) }
