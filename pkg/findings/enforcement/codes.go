package enforcement

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Findings about what does not act at all, or beside Istio.
const (
	TargetRefsIgnored           flow.Note = "TargetRefsIgnored"           // targetRefs on a pod that knows none
	SelectsNoPod                flow.Note = "SelectsNoPod"                // the selector misses the pod narrowly, and fits none
	SelectsGatewayElsewhere     flow.Note = "SelectsGatewayElsewhere"     // the selector fits a gateway of another namespace
	NotEnforcedWithoutProxy     flow.Note = "NotEnforcedWithoutProxy"     // the pod has no proxy
	NotEnforcedOnPort           flow.Note = "NotEnforcedOnPort"           // the port does not pass the proxy
	LegacyAuthenticationIgnored flow.Note = "LegacyAuthenticationIgnored" // MeshPolicy, Policy
	LegacyRBACIgnored           flow.Note = "LegacyRBACIgnored"           // ServiceRole and its like
	NetworkPolicyMayCut         flow.Note = "NetworkPolicyMayCut"         // no rule of the NetworkPolicies lets the connection in
)
