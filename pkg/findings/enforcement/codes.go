package enforcement

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Findings about what does not act at all, or beside Istio.
const (
	TargetRefsIgnored           flow.Note = "TargetRefsIgnored"           // targetRefs on a pod that knows none
	SelectsNoPod                flow.Note = "SelectsNoPod"                // the selector misses the pod narrowly, and fits none
	SelectsGatewayElsewhere     flow.Note = "SelectsGatewayElsewhere"     // the selector fits a gateway of another namespace
	TargetsGatewayElsewhere     flow.Note = "TargetsGatewayElsewhere"     // targetRefs name a Gateway of another namespace
	NamespaceWithoutPods        flow.Note = "NamespaceWithoutPods"        // a policy for everybody in a namespace where nobody is
	NotEnforcedWithoutProxy     flow.Note = "NotEnforcedWithoutProxy"     // the pod has no proxy
	NotEnforcedNotEnrolled      flow.Note = "NotEnforcedNotEnrolled"      // it is to be in ambient mode, and is not enrolled
	NotEnforcedOptedOut         flow.Note = "NotEnforcedOptedOut"         // its label keeps it out of ambient mode
	NotEnforcedOnHostNetwork    flow.Note = "NotEnforcedOnHostNetwork"    // it is in its node's network
	NotEnforcedUncaptured       flow.Note = "NotEnforcedUncaptured"       // nothing redirects connections to the pod's proxy
	NotEnforcedOnPort           flow.Note = "NotEnforcedOnPort"           // the port does not pass the proxy
	LegacyAuthenticationIgnored flow.Note = "LegacyAuthenticationIgnored" // MeshPolicy, Policy
	LegacyRBACIgnored           flow.Note = "LegacyRBACIgnored"           // ServiceRole and its like
	EnforcedByNobody            flow.Note = "EnforcedByNobody"            // by no proxy on any way to the pod
	EnforcedElsewhere           flow.Note = "EnforcedElsewhere"           // by a proxy that the request does not pass
	RuleMatchesMore             flow.Note = "RuleMatchesMore"             // at the proxy that has the rule
	RuleMatchesLess             flow.Note = "RuleMatchesLess"             // ditto
	RuleMatchesOther            flow.Note = "RuleMatchesOther"            // ditto: more of some requests and less of others
	RuleNeverMatches            flow.Note = "RuleNeverMatches"            // ditto
	RuleLeftOut                 flow.Note = "RuleLeftOut"                 // ditto: an ALLOW rule
	SeesWaypoint                flow.Note = "SeesWaypoint"                // behind a waypoint its identity is compared, not the client's
	ReleaseOlder                flow.Note = "ReleaseOlder"                // than those whose answers were recorded
	ReleaseNewer                flow.Note = "ReleaseNewer"                // ditto
	NetworkPolicyMayCut         flow.Note = "NetworkPolicyMayCut"         // no rule of the NetworkPolicies lets the connection in
)
