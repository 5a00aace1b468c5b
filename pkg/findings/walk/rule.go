package walk

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Rule looks for one kind of finding.
type Rule func(*Walk) []flow.Finding
