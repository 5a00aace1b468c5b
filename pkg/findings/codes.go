package findings

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Findings about the way to the destination.
const (
	DestinationNotImported    flow.Note = "DestinationNotImported"    // a Sidecar leaves the destination out
	DestinationNotExported    flow.Note = "DestinationNotExported"    // exportTo hides the destination from the client
	DestinationShortened      flow.Note = "DestinationShortened"      // a route's destination is no full name and names nothing
	VirtualServiceShortHost   flow.Note = "VirtualServiceShortHost"   // a host is completed to another name than was meant
	VirtualServiceNotExported flow.Note = "VirtualServiceNotExported" // exportTo hides the VirtualService from the proxy
	VirtualServiceNotImported flow.Note = "VirtualServiceNotImported" // the Sidecar leaves the VirtualService out
	VirtualServiceIgnored     flow.Note = "VirtualServiceIgnored"     // an older VirtualService has the host
	RouteUnreachable          flow.Note = "RouteUnreachable"          // an earlier route takes all that it could
	DelegateMissing           flow.Note = "DelegateMissing"           // there is no such VirtualService
	DelegateNotExported       flow.Note = "DelegateNotExported"       // not exported to the root's namespace
	DelegateWithHosts         flow.Note = "DelegateWithHosts"         // a delegate must not have hosts
	DelegateOutside           flow.Note = "DelegateOutside"           // no route of it lies within the root's match
	SubsetNotExported         flow.Note = "SubsetNotExported"         // the rule that defines it is hidden from the client
	SubsetInThirdNamespace    flow.Note = "SubsetInThirdNamespace"    // the rule that defines it is never looked up
	SubsetDisplaced           flow.Note = "SubsetDisplaced"           // the rule that defines it loses to another one
	RouteSubsetMissing        flow.Note = "RouteSubsetMissing"        // another route names a subset that is not defined
	HTTPRoutesOnTCPPort       flow.Note = "HTTPRoutesOnTCPPort"       // http routes for a host that is not read as HTTP
	GatewayMissing            flow.Note = "GatewayMissing"            // a VirtualService is bound to a Gateway that does not exist
	GatewayLacksHost          flow.Note = "GatewayLacksHost"          // the Gateway has no server for the VirtualService's host
	GatewayServerDropped      flow.Note = "GatewayServerDropped"      // another server has its port or host
)

// Findings about how the bytes are wrapped.
const (
	PeerAuthenticationRootSelector flow.Note = "PeerAuthenticationRootSelector" // a selector in the root namespace
	PeerAuthenticationIgnored      flow.Note = "PeerAuthenticationIgnored"      // an older one of its level counts
	PortLevelServicePort           flow.Note = "PortLevelServicePort"           // portLevelMtls with a Service's port
	DestinationRuleShortHost       flow.Note = "DestinationRuleShortHost"       // its host has a dot but is no full name
	DestinationRuleNotExported     flow.Note = "DestinationRuleNotExported"     // exportTo hides it from the client
	DestinationRuleWithoutTLS      flow.Note = "DestinationRuleWithoutTLS"      // it applies, and does not say how to wrap
	PortSettingsDropTLS            flow.Note = "PortSettingsDropTLS"            // portLevelSettings replace tls by nothing
	CredentialNameIgnored          flow.Note = "CredentialNameIgnored"          // a sidecar does not read the Secret
	PortProtocolTaken              flow.Note = "PortProtocolTaken"              // an older Service fixes the port's protocol
)

// Findings about values and rules of policies.
const (
	PathRewritten          flow.Note = "PathRewritten"          // the policy has the path as it was before a route rewrote it
	HostRewritten          flow.Note = "HostRewritten"          // likewise the host
	HostWithoutPort        flow.Note = "HostWithoutPort"        // the request's host has a port, the policy's has none
	AllowLostOnTCP         flow.Note = "AllowLostOnTCP"         // fields of HTTP lose an ALLOW rule on a TCP port
	DenyWidenedOnTCP       flow.Note = "DenyWidenedOnTCP"       // a DENY rule without its fields of HTTP denies more
	ConditionKeyUnknown    flow.Note = "ConditionKeyUnknown"    // istiod drops the rule
	ValueUnusable          flow.Note = "ValueUnusable"          // no port, or no address
	StarInside             flow.Note = "StarInside"             // a star that is taken literally
	PrincipalWithScheme    flow.Note = "PrincipalWithScheme"    // spiffe:// is added by Istio
	PrincipalIncomplete    flow.Note = "PrincipalIncomplete"    // no identity has this form
	PrincipalTrustDomain   flow.Note = "PrincipalTrustDomain"   // of no trust domain of the mesh
	RequestPrincipalForm   flow.Note = "RequestPrincipalForm"   // cut at its last slash it can never match
	PathWithoutSlash       flow.Note = "PathWithoutSlash"       // paths begin with a slash
	PathWithQuery          flow.Note = "PathWithQuery"          // the query is not compared
	MethodLowerCase        flow.Note = "MethodLowerCase"        // methods are compared with their case
	HostWithScheme         flow.Note = "HostWithScheme"         // a URL in place of a host
	PolicyServicePort      flow.Note = "PolicyServicePort"      // a Service's port in place of the pod's
	PolicyPortUnknown      flow.Note = "PolicyPortUnknown"      // no container has the port that the rule asks for
	NamespaceMissing       flow.Note = "NamespaceMissing"       // there is no such namespace
	AccountWithoutPods     flow.Note = "AccountWithoutPods"     // no pod runs as the service account
	AddressOfGateway       flow.Note = "AddressOfGateway"       // behind a gateway the peer is the gateway
	EntriesAreAlternatives flow.Note = "EntriesAreAlternatives" // entries of from or to that were meant as one
	RulesAreAlternatives   flow.Note = "RulesAreAlternatives"   // rules that were meant as one
	DenyMissesPlaintext    flow.Note = "DenyMissesPlaintext"    // a DENY by identity does not deny who has none
	AllowTakesPlaintext    flow.Note = "AllowTakesPlaintext"    // an ALLOW by an excluded identity allows who has none
	DeniedWithoutIdentity  flow.Note = "DeniedWithoutIdentity"  // the request is denied as it comes without an identity
	TokenNeverVerified     flow.Note = "TokenNeverVerified"     // policies compare tokens that nobody verifies
	IssuerUnknown          flow.Note = "IssuerUnknown"          // no RequestAuthentication knows the issuer
	TokenNotRequired       flow.Note = "TokenNotRequired"       // a RequestAuthentication, and no policy that asks for a token
	DryRunWouldRefuse      flow.Note = "DryRunWouldRefuse"      // enforced, it would refuse the request
	DryRunWouldAllow       flow.Note = "DryRunWouldAllow"       // enforced, it would allow it
	CustomProviderMissing  flow.Note = "CustomProviderMissing"  // the mesh config has no such provider
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
