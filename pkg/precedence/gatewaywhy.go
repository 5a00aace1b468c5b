package precedence

// Why something of the Gateway API is not served. Where the Gateway API or Istio has a reason for it, the code is that reason's.
const (
	UnknownGatewayClass           Why = "UnknownGatewayClass"           // no class of Istio's: another controller may serve it, Istio does not
	RemoteGateway                 Why = "RemoteGateway"                 // its class stands for a gateway outside of the cluster
	UnsupportedAddress            Why = "UnsupportedAddress"            // none of its addresses is a host name
	UnsupportedProtocol           Why = "UnsupportedProtocol"           // not HTTP, HTTPS, TLS or TCP as it is written
	ProtocolConflict              Why = "ProtocolConflict"              // another listener has the port for another protocol
	HostnameConflict              Why = "HostnameConflict"              // another listener of the port has the host name
	TLSNotConfigured              Why = "TLSNotConfigured"              // its protocol needs tls
	InvalidCertificateRef         Why = "InvalidCertificateRef"         // the certificate does not exist, or is no Secret
	InvalidCACertificateRef       Why = "InvalidCACertificateRef"       // the CA's certificate does not exist, or is one of several
	InvalidCACertificateKind      Why = "InvalidCACertificateKind"      // the CA's certificate is neither a ConfigMap nor a Secret
	StatusInvalidCertificateRef   Why = "StatusInvalidCertificateRef"   // the listener's status says so
	StatusInvalidCACertificateRef Why = "StatusInvalidCACertificateRef" // the same of the CA's certificate
	ListenerSetNotAllowed         Why = "ListenerSetNotAllowed"         // the Gateway's allowedListeners leave its namespace out

	NoMatchingParent           Why = "NoMatchingParent"           // no such parent, or no listener of that name and port
	NoMatchingListenerHostname Why = "NoMatchingListenerHostname" // no host name in common with a listener
	NotAllowedByListeners      Why = "NotAllowedByListeners"      // allowedRoutes leave its namespace or kind out
	ListenerNotProgrammed      Why = "ListenerNotProgrammed"      // accepted, but by listeners that are not served
	ListenerIsolation          Why = "ListenerIsolation"          // a listener with a more specific host name has the host
	NameTaken                  Why = "NameTaken"                  // an HTTPRoute of the same name and namespace takes its place

	BackendNotFound      Why = "BackendNotFound"
	RefNotPermitted      Why = "RefNotPermitted"      // no ReferenceGrant permits it
	InvalidKind          Why = "InvalidKind"          // a kind of object that Istio does not take here
	InvalidFilter        Why = "InvalidFilter"        // voids the whole route
	InvalidDestination   Why = "InvalidDestination"   // voids the whole route: no port, or a host name in place of a Service's name
	InvalidConfiguration Why = "InvalidConfiguration" // voids the whole route
)
