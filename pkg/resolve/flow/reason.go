package flow

// Reason says in a code why a stage did what it did. Codes are part of the JSON contract: they are never renamed, and each has an entry
// in the catalogue of pkg/explain.
type Reason string

// Why a request does not reach the application, or that it does.
const (
	Reached           Reason = "Reached"
	APIServerAnswered Reason = "APIServerAnswered"

	ProxyAnswers      Reason = "ProxyAnswers" // on one of its own ports
	ProxyNotReady     Reason = "ProxyNotReady"
	ProxyPathUnknown  Reason = "ProxyPathUnknown"
	ProxyPathLocal    Reason = "ProxyPathLocal"
	ProxyPortLocal    Reason = "ProxyPortLocal"
	ProxyPortCloses   Reason = "ProxyPortCloses"
	ProbeNotForwarded Reason = "ProbeNotForwarded"

	NameNotFound       Reason = "NameNotFound"
	NameInCircles      Reason = "NameInCircles" // the name of an ExternalName Service that leads to itself
	NobodyListens      Reason = "NobodyListens"
	PortNotServed      Reason = "PortNotServed"
	RegistryOnly       Reason = "RegistryOnly"
	RouteNotFound      Reason = "RouteNotFound"
	FaultAborted       Reason = "FaultAborted"
	Redirected         Reason = "Redirected"
	DirectlyAnswered   Reason = "DirectlyAnswered"
	PreflightAnswered  Reason = "PreflightAnswered"
	DestinationUnknown Reason = "DestinationUnknown"
	SubsetUndefined    Reason = "SubsetUndefined"
	BackendInvalid     Reason = "BackendInvalid"
	NoEndpoints        Reason = "NoEndpoints"
	NoLocalEndpoint    Reason = "NoLocalEndpoint"
	SubsetEmpty        Reason = "SubsetEmpty"
	NameNotResolved    Reason = "NameNotResolved"
	RouteTimeout       Reason = "RouteTimeout"
	CallerGaveUp       Reason = "CallerGaveUp"

	PlaintextRefused    Reason = "PlaintextRefused"    // plaintext met STRICT
	ServerSpeaksClear   Reason = "ServerSpeaksClear"   // TLS met a party that speaks clear text
	ServerSpeaksTLS     Reason = "ServerSpeaksTLS"     // clear text met an application that speaks TLS
	CertificateRefused  Reason = "CertificateRefused"  // the client does not accept the server's certificate
	CertificateRequired Reason = "CertificateRequired" // the server wants a client certificate
	TrustDomainRefused  Reason = "TrustDomainRefused"  // the server does not accept the client's trust domain
	ForeignTLSRefused   Reason = "ForeignTLSRefused"   // PERMISSIVE on an HTTP port takes no TLS but Istio's own
	TLSOnHTTPPort       Reason = "TLSOnHTTPPort"       // TLS bytes on a port that is read as HTTP
	ServerNameUnknown   Reason = "ServerNameUnknown"   // no filter chain for the server name
	ClientSecretMissing Reason = "ClientSecretMissing" // the client's proxy does not get the Secret that its rule names
	CredentialMissing   Reason = "CredentialMissing"
	ProtocolMismatch    Reason = "ProtocolMismatch" // HTTP/2 to an application that speaks HTTP/1.1 only
	GRPCAsHTTP1         Reason = "GRPCAsHTTP1"      // gRPC to a server of it in HTTP/1.1

	ZtunnelNotReady     Reason = "ZtunnelNotReady"     // the pod's connections are redirected to a ztunnel that does not take them yet
	WaypointUnreachable Reason = "WaypointUnreachable" // the destination is bound to a waypoint, and nobody serves that
	TunnelRefused       Reason = "TunnelRefused"       // a tunnel met a pod that takes none
	RecursiveTunnel     Reason = "RecursiveTunnel"     // a ztunnel's own port is asked for through a tunnel

	BadRequest         Reason = "BadRequest"
	CustomBroken       Reason = "CustomBroken"
	CustomDenied       Reason = "CustomDenied"
	CustomFailed       Reason = "CustomFailed"
	CustomOpaque       Reason = "CustomOpaque"
	BodyTooLarge       Reason = "BodyTooLarge"
	TokenRefused       Reason = "TokenRefused"
	TokenWritten       Reason = "TokenWritten"
	RBACDenyMatched    Reason = "RBACDenyMatched"
	RBACNoAllowMatched Reason = "RBACNoAllowMatched"

	ExtensionAnswers       Reason = "ExtensionAnswers"   // a filter that a patch or a plugin put into the proxy answers
	ExtensionMayAnswer     Reason = "ExtensionMayAnswer" // it does so on a condition that the resources do not show, or that is presumed not to hold
	ProxyProtocolWanted    Reason = "ProxyProtocolWanted"
	ListenerRemoved        Reason = "ListenerRemoved"
	ExtensionRefusesTunnel Reason = "ExtensionRefusesTunnel" // a filter that a patch put before a waypoint's tunnels answers their CONNECT requests
	ClusterRemoved         Reason = "ClusterRemoved"

	InCircles  Reason = "InCircles"  // the request comes to a proxy again as it came before
	Unmodelled Reason = "Unmodelled" // something that is not modelled could answer

	EndpointsElsewhere   Reason = "EndpointsElsewhere"   // other clusters of the mesh may have endpoints, which were not read
	RuleDiffersByVersion Reason = "RuleDiffersByVersion" // the release at work does otherwise than later ones, whose rule is the one that is followed
	Frozen               Reason = "Frozen"               // the proxy refuses its configuration and keeps an older one
	Unread               Reason = "Unread"               // a resource that could not be read may answer
)
