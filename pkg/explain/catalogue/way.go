package catalogue

// wayNotes tell how a request goes on its way.
var wayNotes = []Entry{
	{Code: "ClientOutside", Text: "the client is no pod of this mesh", Since: "the client is outside of the mesh"},
	{Code: "ClientIsGateway", Text: "the client is a gateway; what its own programs send is not captured", Since: "the client's own proxy is not on the way"},
	{Code: "ClientWithoutSidecar", Text: "the client has no sidecar", Since: "the client has no sidecar", Long: "The client's pod has no istio-proxy container. Its requests go out in plaintext and without an identity; VirtualServices, DestinationRules and Sidecars have no effect on them.", Help: "label the namespace for injection and restart the pod"},
	{Code: "SelfNotCaptured", Text: "the pod calls itself; that is not captured", Since: "the pod calls itself"},
	{Code: "ClientCaptured", Text: "the client's sidecar takes the connection"},
	{Code: "ClientNotCaptured", Text: "this setting keeps the connection from the client's sidecar", Since: "the connection is not captured by the client's sidecar", Long: "Annotations (or the installation's defaults) leave out ports or addresses from the redirection. Such traffic goes out as the application sends it, without mutual TLS and without routes.", Help: "remove the exclusion"},
	{Code: "Resolved", Text: "{0} is {1}"},
	{Code: "ResolvedOutside", Text: "{0} is no name of the cluster; it is taken to resolve outside"},
	{Code: "ScopeDefault", Text: "no Sidecar limits what the client's proxy knows"},
	{Code: "ScopeSidecar", Text: "limits what the client's proxy knows", Long: "A Sidecar resource governs the client: its proxy knows only what its egress imports, and does with the rest what outboundTrafficPolicy says."},
	{Code: "NoListener", Text: "the client's proxy knows nothing at {0}", Since: "the client's proxy does not know the destination"},
	{Code: "NoChain", Text: "the client's proxy has no way on for these bytes at {0}", Since: "the client's proxy has no filter chain for these bytes"},
	{Code: "NotHTTPOnHTTPPort", Text: "the bytes are no HTTP, on a port that is declared HTTP: treated as unknown", Since: "the bytes are no HTTP on a port that is declared HTTP", Long: "A sidecar reads the port as HTTP. TLS or other bytes on it are handled like an unknown destination: sent on as they are (ALLOW_ANY), without mutual TLS, or closed (REGISTRY_ONLY).", Help: "declare the port as https, tls or tcp"},
	{Code: "ListenerHTTP", Text: "port {0} is read as HTTP"},
	{Code: "ListenerTCP", Text: "port {0} is handed on unread (TCP)", Long: "The port is declared TCP (or TLS), so that HTTP routes, faults and retries do not apply, and failures are closed connections instead of answers."},
	{Code: "PassedThrough", Text: "sent on as it is, in plaintext", Since: "the client's proxy does not know the destination and sends it on as it is", Long: "Under ALLOW_ANY an unknown destination is sent where it was going, without mutual TLS, without routes and without an identity."},
	{Code: "HostUnknown", Text: "no virtual host of the client's proxy has {0}", Since: "the client's proxy does not know the host"},
	{Code: "VirtualHost", Text: "has the routes of {0}"},
	{Code: "ServiceHost", Text: "{0} has no VirtualService for this client"},
	{Code: "DefaultRoute", Text: "the default route to the Service"},
	{Code: "RouteMatched", Text: "takes {0}"},
	{Code: "FaultDelays", Text: "fault injection delays by {0}"},
	{Code: "RuleApplies", Text: "is the rule for this destination and client"},
	{Code: "NoRule", Text: "no DestinationRule applies"},
	{Code: "Destination", Text: "sends to {0}"},
	{Code: "Destinations", Text: "splits among {0}"},
	{Code: "Endpoints", Text: "{0} of {1} endpoints can be used"},
	{Code: "OriginalDestination", Text: "sends to the very address that was dialled"},
	{Code: "KubeProxy", Text: "Kubernetes picks a pod behind {0}"},
	{Code: "PodDialled", Text: "the pod is dialled by its address {0}"},
	{Code: "Leaves", Text: "{0} is no address of the cluster"},
	{Code: "GatewayServer", Text: "Gateway {0} has a server for it ({1})"},
	{Code: "IngressEndpoint", Text: "the Sidecar's ingress sends it to another address"},
	{Code: "ApplicationReached", Text: "port {0} of the application"},
}

// gapCodes are the causes of gaps.
var gapCodes = []Entry{
	{Code: "forbidden", Text: "{0} could not be read: forbidden", Long: "The API server refused the list. The gap names the question to put to kubectl.", Help: "ask for the permission, for example with deploy/rbac.yaml"},
	{Code: "failed", Text: "{0} could not be read[: {1}]", Long: "The read failed, or an object did not decode."},
	{Code: "external", Text: "{0} decides, and is not in the resources", Long: "A party outside of the resources decides: an external authorizer, DNS, a host outside of the mesh, an address that was not given."},
	{Code: "unverified", Text: "the signature of the token was not checked against {0}", Long: "The keys are not in the resources.", Help: "give them with --jwks FILE, fetch them with --fetch-jwks, or assume with --assume jwt-valid"},
	{Code: "unsupported", Text: "{0} is not modelled", Long: "An extension could change the answer."},
	{Code: "rejected", Text: "the proxy refuses {0} and keeps its last configuration", Long: "See Frozen.", Help: "correct or remove the resource"},
}
