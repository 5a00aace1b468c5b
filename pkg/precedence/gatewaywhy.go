package precedence

// Why something of the Gateway API is not served. Where the Gateway API or Istio has a reason for it, the code is that reason's.
const (
	UnknownGatewayClass           LossReason = "UnknownGatewayClass"           // no class of Istio's: another controller may serve it, Istio does not
	RemoteGateway                 LossReason = "RemoteGateway"                 // its class stands for a gateway outside of the cluster
	UnsupportedAddress            LossReason = "UnsupportedAddress"            // none of its addresses is a host name
	UnsupportedProtocol           LossReason = "UnsupportedProtocol"           // not HTTP, HTTPS, TLS or TCP as it is written
	ProtocolConflict              LossReason = "ProtocolConflict"              // another listener has the port for another protocol
	HostnameConflict              LossReason = "HostnameConflict"              // another listener of the port has the host name
	TLSNotConfigured              LossReason = "TLSNotConfigured"              // its protocol needs tls
	InvalidCertificateRef         LossReason = "InvalidCertificateRef"         // the certificate does not exist, or is no Secret
	InvalidCACertificateRef       LossReason = "InvalidCACertificateRef"       // the CA's certificate does not exist, or is one of several
	InvalidCACertificateKind      LossReason = "InvalidCACertificateKind"      // the CA's certificate is neither a ConfigMap nor a Secret
	StatusInvalidCertificateRef   LossReason = "StatusInvalidCertificateRef"   // the listener's status says so
	StatusInvalidCACertificateRef LossReason = "StatusInvalidCACertificateRef" // the same of the CA's certificate
	ListenerSetNotAllowed         LossReason = "ListenerSetNotAllowed"         // the Gateway's allowedListeners leave its namespace out

	NoMatchingParent           LossReason = "NoMatchingParent"           // no such parent, or no listener of that name and port
	NoMatchingListenerHostname LossReason = "NoMatchingListenerHostname" // no host name in common with a listener
	NotAllowedByListeners      LossReason = "NotAllowedByListeners"      // allowedRoutes leave its namespace or kind out
	ListenerNotProgrammed      LossReason = "ListenerNotProgrammed"      // accepted, but by listeners that are not served
	ListenerIsolation          LossReason = "ListenerIsolation"          // a listener with a more specific host name has the host
	NameTaken                  LossReason = "NameTaken"                  // an HTTPRoute of the same name and namespace takes its place

	BackendNotFound      LossReason = "BackendNotFound"
	RefNotPermitted      LossReason = "RefNotPermitted"      // no ReferenceGrant permits it
	InvalidKind          LossReason = "InvalidKind"          // a kind of object that Istio does not take here
	InvalidFilter        LossReason = "InvalidFilter"        // voids the whole route
	InvalidDestination   LossReason = "InvalidDestination"   // voids the whole route: no port, or a host name in place of a Service's name
	InvalidConfiguration LossReason = "InvalidConfiguration" // voids the whole route
)
