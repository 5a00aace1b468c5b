package catalogue

// ambientReasons are the reasons that only ztunnels and waypoints have.
var ambientReasons = []Entry{
	{Code: "ZtunnelNotReady", Text: "the pod's connections are redirected, and no ztunnel takes them yet", Long: "istio-cni has set up the redirection in the pod (annotation ambient.istio.io/redirection: pending), but the ztunnel of its node has not taken the pod over. Until it does, every connection into the pod and out of it is refused.", Help: "look at the ztunnel pod of that node, and at istio-cni-node", Sources: "Pod annotation ambient.istio.io/redirection"},
	{Code: "WaypointUnreachable", Text: "the destination is bound to waypoint {0}, and nobody serves that[: {1}]", Long: "A Service, pod or namespace names a waypoint that has an address, so that ztunnel sends everything there; but no pod of the waypoint takes it. Unlike a waypoint that was never ready, which is passed by, this one fails closed: ztunnel resets the connection (unknown waypoint), a gateway answers 503 with the flag UH.", Help: "bring a pod of the waypoint up, or take the label istio.io/use-waypoint off", Sources: "Gateway status.addresses; label istio.io/use-waypoint"},
	{Code: "TunnelRefused", Text: "the waypoint opens a tunnel, and the pod takes none", Long: "A waypoint for workloads reaches the pods that are dialled by their address through HBONE alone. This pod is not captured, so that nobody listens on its port 15008.", Help: "bring the pod into ambient mode, or take it from the waypoint", Sources: "Pod annotation ambient.istio.io/redirection; label istio.io/use-waypoint"},
	{Code: "RecursiveTunnel", Text: "the port is ztunnel's own", Long: "Ports 15001, 15006 and 15008 of a captured pod are those on which its ztunnel takes connections. A tunnel does not lead to them.", Help: "dial the application's port"},
}

// ambientNotes tell how a request passes ztunnels and waypoints.
var ambientNotes = []Entry{
	{Code: "ClientTakenByZtunnel", Text: "the ztunnel of the client's node takes the connection", Long: "The pod is in ambient mode: whatever it opens goes through the ztunnel of its node, which reads no HTTP. DestinationRules, Sidecars and outboundTrafficPolicy have no effect there; VirtualServices have one only at a waypoint."},
	{Code: "ServerTakenByZtunnel", Text: "the ztunnel of the pod's node takes the connection"},
	{Code: "ZtunnelPassed", Text: "passes no ztunnel[: {0}]", Since: "it passes no ztunnel", Long: "The connection reaches the pod without passing its ztunnel, so that neither PeerAuthentication nor any policy is enforced on it."},
	{Code: "AddressOfHost", Text: "is what ztunnel knows at {0}"},
	{Code: "AddressOfPod", Text: "is the pod that has {0}"},
	{Code: "AddressUnknown", Text: "ztunnel does not know {0} and passes the bytes on as they are", Long: "ztunnel knows the addresses of pods, of Services, and those that ServiceEntries list or istiod gave them. To any other address it connects as the client's program would. REGISTRY_ONLY has no effect on it."},
	{Code: "ThroughWaypoint", Text: "goes through waypoint {0}"},
	{Code: "ThroughWaypoints", Text: "goes through waypoint {0}[, {2}% of the connections through {1}]"},
	{Code: "WithoutWaypoint", Text: "no waypoint is on the way[: {0}]", Long: "The connection goes straight to an endpoint. Policies with targetRefs, RequestAuthentications, HTTPRoutes and VirtualServices of the destination are not applied to it; only what ztunnel enforces is."},
	{Code: "WaypointEndpoints", Text: "{0} of {1} pods of the waypoint are ready"},
	{Code: "Tunnel", Text: "mTLS: through an HBONE tunnel", Since: "an HBONE tunnel is used", Long: "HBONE is mutual TLS on port 15008 with HTTP CONNECT in it. It is used wherever the endpoint takes it: a captured pod, a waypoint, or a sidecar that is labelled networking.istio.io/tunnel: http."},
	{Code: "NoTunnel", Text: "plaintext: the endpoint takes no tunnel", Since: "the endpoint takes no tunnel", Long: "The endpoint is not captured, nor labelled for tunnels, so that the bytes go to it as they are. ztunnel and waypoints never use mutual TLS of the kind that sidecars use among themselves."},
	{Code: "TunnelAccepted", Text: "the request comes through a tunnel, which is mTLS whatever the mode is"},
	{Code: "TunnelHTTP", Text: "{0}; the request comes through a tunnel as {2}", Long: "The identity is that of the proxy which opened the tunnel. A tunnel is taken whatever the mode is."},
	{Code: "TunnelTCP", Text: "{0}; through a tunnel as {2}, on a port that is not read as HTTP", Long: "The identity is that of the proxy which opened the tunnel, but HTTP is not read: what a policy says of paths, methods, hosts, headers and tokens cannot be compared."},
	{Code: "ZtunnelTakesPlaintext", Text: "plaintext is taken; the client has no identity", Long: "No PeerAuthentication sets STRICT for this port of the pod. The caller has no identity, so that principals, namespaces and service accounts in policies never match it. DISABLE is the same as PERMISSIVE to ztunnel."},
	{Code: "WaypointService", Text: "port {0} ({1}) is read as {2}"},
	{Code: "WaypointWorkload", Text: "the pod at {0} is dialled itself; its bytes are read as {1}", Long: "What goes to a pod's own address passes a waypoint for workloads. Policies of a Service do not apply to it there, nor do routes."},
	{Code: "WaypointRoutes", Text: "has routes of the Service"},
	{Code: "WaypointDefaultRoute", Text: "no route of the Service is used here: it goes to the Service itself"},
	{Code: "IngressWaypoint", Text: "sends it through waypoint {0}: {1} of {2} pods are ready"},
	{Code: "WaypointFrozen", Text: "Envoy refuses this, and waypoint {0} keeps the configuration that it had: no change reaches any of its Services", Long: "A waypoint has the policies and the routes of all its Services in one listener. One part that Envoy refuses costs all of them every further change.", Help: "correct or remove it"},
}

// ambientWhys tell what becomes of pods, waypoints and policies in ambient mode. Where istiod has a word for it in a condition, that is the code.
var ambientWhys = []Entry{
	{Code: "Enrolled", Text: "is captured: istio-cni enrolled it"},
	{Code: "StillEnrolled", Text: "is captured, though no label asks for it any more"},
	{Code: "EnrolmentPending", Text: "is redirected, and no ztunnel has taken it over yet"},
	{Code: "NotEnrolled", Text: "is labelled for ambient mode, and istio-cni has not enrolled it"},
	{Code: "OptedOut", Text: "is not captured: its label istio.io/dataplane-mode says none"},
	{Code: "NotAmbient", Text: "is not captured: no label asks for it"},
	{Code: "HostNetwork", Text: "is not captured: it is in its node's network"},
	{Code: "SidecarPresent", Text: "is not captured: it has a sidecar"},
	{Code: "ExcludedByCNI", Text: "is not captured: istio-cni leaves its namespace out"},
	{Code: "ToItself", Text: "a pod's connection to itself passes no ztunnel", Since: "the pod calls itself"},
	{Code: "BypassInbound", Text: "its annotation lets plaintext in past ztunnel", Since: "the pod's annotation lets plaintext in past ztunnel"},
	{Code: "NodesOwn", Text: "comes from the pod's own node, and passes no ztunnel", Since: "it comes from the network of the pod's own node"},
	{Code: "NodeNotKnown", Text: "may come from the pod's own node, and then passes no ztunnel", Since: "it may come from the network of the pod's own node"},
	{Code: "InHBONE", Text: "comes in a tunnel, which ends at ztunnel"},
	{Code: "WithoutZtunnel", Text: "no ztunnel is on the way: the pod is not captured", Since: "the pod is not captured"},

	{Code: "WaypointAccepted", Text: "is bound to it"},
	{Code: "NoWaypointAsked", Text: "neither it nor its namespace names a waypoint", Since: "neither it nor its namespace names one"},
	{Code: "NoneAsked", Text: "its label istio.io/use-waypoint says none", Since: "its label istio.io/use-waypoint says none"},
	{Code: "IsWaypoint", Text: "is a waypoint, and has none itself", Since: "it is a waypoint itself"},
	{Code: "NotPublished", Text: "ztunnel knows no Service of type ExternalName", Since: "it is of type ExternalName"},
	{Code: "WaypointIsNotReady", Text: "no Gateway of that name has an address", Since: "no Gateway of that name has an address"},
	{Code: "AttachmentDenied", Text: "allowedRoutes of the waypoint's listener leave its namespace out", Since: "allowedRoutes of the waypoint's listener leave its namespace out"},
	{Code: "UnsupportedTrafficType", Text: "the waypoint is for other traffic (istio.io/waypoint-for)", Since: "the waypoint is for other traffic (istio.io/waypoint-for)"},
	{Code: "ForServicesOnly", Text: "the waypoint of its namespace is for Services only", Since: "the waypoint of its namespace is for Services only"},
	{Code: "CrossNamespaceWaypointForbidden", Text: "is kept to its namespace, and the waypoint is in another one", Since: "it is kept to its namespace, and the waypoint is in another one"},
	{Code: "CanaryInvalidWeight", Text: "its weight is no percentage"},
	{Code: "CanarySameAsPrimary", Text: "is the first waypoint itself"},
	{Code: "WaypointReady", Text: "has a pod that is ready"},
	{Code: "WaypointServiceMissing", Text: "the Service that its status names does not exist", Since: "the Service that its status names does not exist"},
	{Code: "WaypointPortMissing", Text: "its Service has no port 15008: it is no waypoint", Since: "its Service has no port 15008: it is no waypoint"},
	{Code: "WaypointWithoutPods", Text: "none of its pods is ready", Since: "none of its pods is ready"},

	{Code: "NoTargetRefs", Text: "has no targetRefs, and a waypoint ignores selectors", Since: "it has no targetRefs, and a waypoint ignores selectors"},
	{Code: "ForeignTarget", Text: "is in another namespace than what its targetRefs name", Since: "it is in another namespace than what its targetRefs name"},
	{Code: "NotWorkloadTraffic", Text: "is for a Service, and the client dialled a pod", Since: "it is for a Service, and the client dialled a pod"},
	{Code: "ServiceUnbound", Text: "is for a Service that names no waypoint", Since: "neither the Service nor its namespace names a waypoint"},
	{Code: "HostWithoutAddress", Text: "is for a headless Service, whose clients dial the pods", Since: "it is for a headless Service, whose clients dial the pods"},
	{Code: "NoWaypoint", Text: "is for a waypoint, and none is on the way", Since: "it is for a waypoint, and none is on any way"},
	{Code: "WaypointItself", Text: "is for pods: a waypoint has what targetRefs attach to it alone", Since: "a waypoint has what targetRefs attach to it alone"},
	{Code: "DeniesNothing", Text: "has no rules, and a DENY policy without rules denies nothing", Since: "a DENY policy without rules denies nothing"},
	{Code: "PortWithoutHTTP", Text: "needs HTTP, and the port is declared to be no HTTP", Since: "the port is declared to be no HTTP"},
	{Code: "NeedsHTTP", Text: "needs HTTP, which ztunnel does not read", Since: "ztunnel reads no HTTP"},
	{Code: "NotTranslated", Text: "has trust domains, which istiod leaves out for ztunnel", Since: "istiod leaves trust domains out for ztunnel"},
	{Code: "ReleaseTooOld", Text: "has service accounts, which istiod or ztunnel of this release does not compare", Since: "istiod or ztunnel of this release does not compare service accounts"},
	{Code: "ValueNotUsable", Text: "has a port or an address that is none", Since: "it has a port or an address that is none"},
	{Code: "ActionUnsupported", Text: "ztunnel knows no action but ALLOW and DENY", Since: "ztunnel knows no action but ALLOW and DENY"},
	{Code: "EmptySelector", Text: "has an empty selector, which attaches it to no pod at ztunnel", Since: "an empty selector attaches it to no pod at ztunnel"},
	{Code: "PortLevelLost", Text: "DISABLE for a port has no effect under a STRICT that is inherited"},
	{Code: "PolicyNotMade", Text: "istiod makes no policy of its ports, which leaves them all open", Since: "istiod makes no policy of its ports"},
	{Code: "DisableIsPermissive", Text: "ztunnel takes mutual TLS all the same: DISABLE is PERMISSIVE to it", Since: "ztunnel takes mutual TLS all the same"},
	{Code: "PeerIsNoAddress", Text: "compares the address of the peer, which a waypoint does not have: remoteIpBlocks tells the client's", Since: "a waypoint does not see the client's address there: remoteIpBlocks tells it"},
}

// enforcementTexts tell what a rule has become at the proxy that has it.
var enforcementTexts = []Entry{
	{Code: "RuleWider", Text: "matches more than it says ({0})"},
	{Code: "RuleNarrower", Text: "matches less than it says ({0})"},
	{Code: "RuleChanged", Text: "matches something else than it says ({0})"},
	{Code: "RuleInert", Text: "never matches ({0})"},
	{Code: "RuleDropped", Text: "is left out ({0})"},
}

// unenforcedNotes tell of policies that are enforced by nobody, elsewhere, or otherwise than they are written.
var unenforcedNotes = []Entry{
	{Code: "EnforcedByNobody", Text: "is enforced by nobody on {0}[: {1}][ ({2})]", Long: "The policy names the pod or a Service of it, and no proxy on any way to the pod has it: it is for a waypoint that nothing is bound to, or asks for HTTP of a ztunnel, which reads none. What it denies gets through, and what it demands is not asked for. \"kubectl mesh-why enforcement\" lists all policies of a workload with who enforces them.", Help: "bind the Service to a waypoint (label istio.io/use-waypoint) and the policy to the Service (targetRefs)", Sources: "label istio.io/use-waypoint; AuthorizationPolicy spec.targetRefs, spec.selector"},
	{Code: "SeesWaypoint", Text: "is compared with the identity of the waypoint, {0}: behind it the client's own is not seen", Long: "ztunnel knows who opened the tunnel. Behind a waypoint that is the waypoint, whoever the client was, so that a policy with a selector that names clients refuses them all.", Help: "move what is said of clients to a policy with targetRefs for the Service, and let the waypoint's service account in by the selector"},
	{Code: "EnforcedElsewhere", Text: "is enforced by {0} alone, and this request does not pass it[: {1}]", Long: "A waypoint enforces its policies on the connections that ztunnels, and gateways with istio.io/ingress-use-waypoint, send through it. Clients with a sidecar, without a proxy, or that dial the pod go past it.", Help: "let the pod take connections from the waypoint alone: an ALLOW policy with a selector for the waypoint's service account"},
	{Code: "RuleMatchesMore", Text: "matches more at {0} than it says[: {1}]", Long: "Of a DENY rule ztunnel, and Envoy on a port that is no HTTP, leave out the conditions that they cannot compare; what is left matches more connections.", Help: "split the rule: what needs HTTP into a policy with targetRefs for a waypoint"},
	{Code: "RuleMatchesLess", Text: "matches less at {0} than it says[: {1}]", Long: "A part of the rule cannot be compared where it is enforced, and never matches."},
	{Code: "RuleMatchesOther", Text: "matches something else at {0} than it says[: {1}]", Long: "Of the rule some parts never match where it is enforced, and some match more."},
	{Code: "RuleNeverMatches", Text: "never matches at {0}[: {1}]", Long: "Every condition of one of the rule's lists is of a kind that the proxy cannot compare. ztunnel then never matches the rule: a DENY so written denies nothing.", Help: "bind the policy to a waypoint with targetRefs, or keep to what ztunnel compares: identities, namespaces, addresses, ports"},
	{Code: "RuleLeftOut", Text: "is left out at {0}[: {1}]", Long: "An ALLOW rule that asks for HTTP is left out as a whole where HTTP is not read. If no rule is left the policy still stands, and allows nothing.", Help: "bind the policy to a waypoint with targetRefs, or keep to what ztunnel compares: identities, namespaces, addresses, ports"},

	{Code: "WayByService", Text: "goes to the Service", Since: "the client dials the Service, and the waypoint is for the pod's own address"},
	{Code: "WayByAddress", Text: "goes to the pod", Since: "the client dials the pod, and the waypoint is for the Service"},
	{Code: "WayBySidecar", Text: "comes from a sidecar", Since: "a client with a sidecar goes straight to the pod"},
	{Code: "WayByGateway", Text: "comes from a gateway", Since: "gateways go past a waypoint unless istio.io/ingress-use-waypoint says true"},
	{Code: "WayPlaintext", Text: "comes from a client without a proxy", Since: "a client without a proxy knows no waypoint"},
}
