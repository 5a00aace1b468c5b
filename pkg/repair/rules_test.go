package repair_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/internal/ruletest"
)

// TestRules runs the archives of testdata/rules/repair.
func TestRules(t *testing.T) { ruletest.Run(t) }
