package routing

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
	CertificateShared         flow.Note = "CertificateShared"         // two Gateways have hosts of one certificate
	VirtualServiceShadowed    flow.Note = "VirtualServiceShadowed"    // a more specific host is looked at alone
	VirtualServiceNotForMesh  flow.Note = "VirtualServiceNotForMesh"  // its gateways leave sidecars out
	HostHasPort               flow.Note = "HostHasPort"               // no name has a port
	GatewayServerDropped      flow.Note = "GatewayServerDropped"      // another server has its port or host
	RouteNotRead              flow.Note = "RouteNotRead"              // a ztunnel sends the request, and no waypoint is on the way
	RuleNotRead               flow.Note = "RuleNotRead"               // ditto, of a DestinationRule
	RouteOfOtherNamespace     flow.Note = "RouteOfOtherNamespace"     // a waypoint takes routes of two namespaces
)
