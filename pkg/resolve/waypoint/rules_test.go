package waypoint_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/internal/ruletest"
)

func TestRules(t *testing.T) { ruletest.Run(t) }
