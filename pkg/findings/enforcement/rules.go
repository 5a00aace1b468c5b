package enforcement

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
)

// Rules are the rules about what does not act at all, in the order in which their findings are shown. A new rule is a line here.
var Rules = []walk.Rule{
	ignoredTargetRefs, selectsNoPod, elsewhere, notEnforced, behindWaypoint, unenforced,
	legacyKinds, networkPolicies, unrecorded,
}
