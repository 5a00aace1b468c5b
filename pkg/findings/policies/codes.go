package policies

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Findings about values and rules of policies.
const (
	PathRewritten          flow.Note = "PathRewritten"          // the policy has the path as it was before a route rewrote it
	HostRewritten          flow.Note = "HostRewritten"          // likewise the host
	PathReadOtherwise      flow.Note = "PathReadOtherwise"      // with more normalisation the policy would refuse the path
	PathWrittenOtherwise   flow.Note = "PathWrittenOtherwise"   // in small letters, or without parameters, it would
	AddressTaken           flow.Note = "AddressTaken"           // which client address a gateway compares
	AddressFromGateway     flow.Note = "AddressFromGateway"     // likewise a sidecar behind one
	ReplyWithoutCORS       flow.Note = "ReplyWithoutCORS"       // a browser shows a CORS error in its place
	TokensOnTCP            flow.Note = "TokensOnTCP"            // nobody looks for tokens on the port
	HostWithoutPort        flow.Note = "HostWithoutPort"        // the request's host has a port, the policy's has none
	AllowLostOnTCP         flow.Note = "AllowLostOnTCP"         // fields of HTTP lose an ALLOW rule on a TCP port
	DenyWidenedOnTCP       flow.Note = "DenyWidenedOnTCP"       // a DENY rule without its fields of HTTP denies more
	FieldNotYetKnown       flow.Note = "FieldNotYetKnown"       // istiod drops the field, and the rule matches more
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
	IdentityAtGateway      flow.Note = "IdentityAtGateway"      // a gateway whose server asks nobody for the mesh's certificate
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
