package review

import "github.com/mesh-why/mesh-why/pkg/resolve"

// Findings about the way to the destination.
const (
	DestinationNotImported    resolve.Note = "DestinationNotImported"    // a Sidecar leaves the destination out
	DestinationNotExported    resolve.Note = "DestinationNotExported"    // exportTo hides the destination from the client
	DestinationShortened      resolve.Note = "DestinationShortened"      // a route's destination is no full name and names nothing
	VirtualServiceShortHost   resolve.Note = "VirtualServiceShortHost"   // a host is completed to another name than was meant
	VirtualServiceNotExported resolve.Note = "VirtualServiceNotExported" // exportTo hides the VirtualService from the proxy
	VirtualServiceNotImported resolve.Note = "VirtualServiceNotImported" // the Sidecar leaves the VirtualService out
	VirtualServiceIgnored     resolve.Note = "VirtualServiceIgnored"     // an older VirtualService has the host
	RouteUnreachable          resolve.Note = "RouteUnreachable"          // an earlier route takes all that it could
	DelegateMissing           resolve.Note = "DelegateMissing"           // there is no such VirtualService
	DelegateNotExported       resolve.Note = "DelegateNotExported"       // not exported to the root's namespace
	DelegateWithHosts         resolve.Note = "DelegateWithHosts"         // a delegate must not have hosts
	DelegateOutside           resolve.Note = "DelegateOutside"           // no route of it lies within the root's match
	SubsetNotExported         resolve.Note = "SubsetNotExported"         // the rule that defines it is hidden from the client
	SubsetInThirdNamespace    resolve.Note = "SubsetInThirdNamespace"    // the rule that defines it is never looked up
	SubsetDisplaced           resolve.Note = "SubsetDisplaced"           // the rule that defines it loses to another one
	RouteSubsetMissing        resolve.Note = "RouteSubsetMissing"        // another route names a subset that is not defined
	HTTPRoutesOnTCPPort       resolve.Note = "HTTPRoutesOnTCPPort"       // http routes for a host that is not read as HTTP
	GatewayMissing            resolve.Note = "GatewayMissing"            // a VirtualService is bound to a Gateway that does not exist
	GatewayLacksHost          resolve.Note = "GatewayLacksHost"          // the Gateway has no server for the VirtualService's host
	GatewayServerDropped      resolve.Note = "GatewayServerDropped"      // another server has its port or host
)

// Findings about how the bytes are wrapped.
const (
	PeerAuthenticationRootSelector resolve.Note = "PeerAuthenticationRootSelector" // a selector in the root namespace
	PeerAuthenticationIgnored      resolve.Note = "PeerAuthenticationIgnored"      // an older one of its level counts
	PortLevelServicePort           resolve.Note = "PortLevelServicePort"           // portLevelMtls with a Service's port
	DestinationRuleShortHost       resolve.Note = "DestinationRuleShortHost"       // its host has a dot but is no full name
	DestinationRuleNotExported     resolve.Note = "DestinationRuleNotExported"     // exportTo hides it from the client
	DestinationRuleWithoutTLS      resolve.Note = "DestinationRuleWithoutTLS"      // it applies, and does not say how to wrap
	PortSettingsDropTLS            resolve.Note = "PortSettingsDropTLS"            // portLevelSettings replace tls by nothing
	CredentialNameIgnored          resolve.Note = "CredentialNameIgnored"          // a sidecar does not read the Secret
	PortProtocolTaken              resolve.Note = "PortProtocolTaken"              // an older Service fixes the port's protocol
)

// Findings about values and rules of policies.
const (
	PathRewritten          resolve.Note = "PathRewritten"          // the policy has the path as it was before a route rewrote it
	HostRewritten          resolve.Note = "HostRewritten"          // likewise the host
	HostWithoutPort        resolve.Note = "HostWithoutPort"        // the request's host has a port, the policy's has none
	AllowLostOnTCP         resolve.Note = "AllowLostOnTCP"         // fields of HTTP lose an ALLOW rule on a TCP port
	DenyWidenedOnTCP       resolve.Note = "DenyWidenedOnTCP"       // a DENY rule without its fields of HTTP denies more
	ConditionKeyUnknown    resolve.Note = "ConditionKeyUnknown"    // istiod drops the rule
	ValueUnusable          resolve.Note = "ValueUnusable"          // no port, or no address
	StarInside             resolve.Note = "StarInside"             // a star that is taken literally
	PrincipalWithScheme    resolve.Note = "PrincipalWithScheme"    // spiffe:// is added by Istio
	PrincipalIncomplete    resolve.Note = "PrincipalIncomplete"    // no identity has this form
	PrincipalTrustDomain   resolve.Note = "PrincipalTrustDomain"   // of no trust domain of the mesh
	RequestPrincipalForm   resolve.Note = "RequestPrincipalForm"   // cut at its last slash it can never match
	PathWithoutSlash       resolve.Note = "PathWithoutSlash"       // paths begin with a slash
	PathWithQuery          resolve.Note = "PathWithQuery"          // the query is not compared
	MethodLowerCase        resolve.Note = "MethodLowerCase"        // methods are compared with their case
	HostWithScheme         resolve.Note = "HostWithScheme"         // a URL in place of a host
	PolicyServicePort      resolve.Note = "PolicyServicePort"      // a Service's port in place of the pod's
	PolicyPortUnknown      resolve.Note = "PolicyPortUnknown"      // no container has the port that the rule asks for
	NamespaceMissing       resolve.Note = "NamespaceMissing"       // there is no such namespace
	AccountWithoutPods     resolve.Note = "AccountWithoutPods"     // no pod runs as the service account
	AddressOfGateway       resolve.Note = "AddressOfGateway"       // behind a gateway the peer is the gateway
	EntriesAreAlternatives resolve.Note = "EntriesAreAlternatives" // entries of from or to that were meant as one
	RulesAreAlternatives   resolve.Note = "RulesAreAlternatives"   // rules that were meant as one
	DenyMissesPlaintext    resolve.Note = "DenyMissesPlaintext"    // a DENY by identity does not deny who has none
	AllowTakesPlaintext    resolve.Note = "AllowTakesPlaintext"    // an ALLOW by an excluded identity allows who has none
	DeniedWithoutIdentity  resolve.Note = "DeniedWithoutIdentity"  // the request is denied as it comes without an identity
	TokenNeverVerified     resolve.Note = "TokenNeverVerified"     // policies compare tokens that nobody verifies
	IssuerUnknown          resolve.Note = "IssuerUnknown"          // no RequestAuthentication knows the issuer
	TokenNotRequired       resolve.Note = "TokenNotRequired"       // a RequestAuthentication, and no policy that asks for a token
	DryRunWouldRefuse      resolve.Note = "DryRunWouldRefuse"      // enforced, it would refuse the request
	DryRunWouldAllow       resolve.Note = "DryRunWouldAllow"       // enforced, it would allow it
	CustomProviderMissing  resolve.Note = "CustomProviderMissing"  // the mesh config has no such provider
)

// Findings about what does not act at all, or beside Istio.
const (
	TargetRefsIgnored           resolve.Note = "TargetRefsIgnored"           // targetRefs on a pod that knows none
	SelectsNoPod                resolve.Note = "SelectsNoPod"                // the selector misses the pod narrowly, and fits none
	SelectsGatewayElsewhere     resolve.Note = "SelectsGatewayElsewhere"     // the selector fits a gateway of another namespace
	NotEnforcedWithoutProxy     resolve.Note = "NotEnforcedWithoutProxy"     // the pod has no proxy
	NotEnforcedOnPort           resolve.Note = "NotEnforcedOnPort"           // the port does not pass the proxy
	LegacyAuthenticationIgnored resolve.Note = "LegacyAuthenticationIgnored" // MeshPolicy, Policy
	LegacyRBACIgnored           resolve.Note = "LegacyRBACIgnored"           // ServiceRole and its like
	NetworkPolicyMayCut         resolve.Note = "NetworkPolicyMayCut"         // no rule of the NetworkPolicies lets the connection in
)
