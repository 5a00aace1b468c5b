package catalogue

// ambientReasons are the reasons that only ztunnels and waypoints have.
var ambientReasons = []Entry{
	{Code: "ZtunnelNotReady", Text: "the pod's traffic is redirected, but ztunnel has not taken the pod over yet", Long: "istio-cni has set up redirection in the pod (annotation ambient.istio.io/redirection: pending), but the ztunnel on its node has not taken the pod over. Until it does, every connection to and from the pod is refused.", Help: "check the ztunnel pod on that node, and istio-cni-node", Sources: "Pod annotation ambient.istio.io/redirection"},
	{Code: "WaypointUnreachable", Text: "the destination uses waypoint {0}, which is unreachable[: {1}]", Long: "A Service, pod or namespace names a waypoint that has an address, so ztunnel sends everything there; but no pod of the waypoint accepts it. Unlike a waypoint that was never ready, which is bypassed, this one fails closed: ztunnel resets the connection (unknown waypoint), and a gateway answers 503 with the flag UH.", Help: "get a pod of the waypoint ready, or remove the label istio.io/use-waypoint", Sources: "Gateway status.addresses; label istio.io/use-waypoint"},
	{Code: "TunnelRefused", Text: "the waypoint opens an HBONE tunnel, but the pod accepts none", Long: "A waypoint for workloads reaches pods that are called by their address through HBONE only. This pod is not in ambient mode, so nothing listens on its port 15008.", Help: "add the pod to ambient mode, or remove the waypoint from it", Sources: "Pod annotation ambient.istio.io/redirection; label istio.io/use-waypoint"},
	{Code: "RecursiveTunnel", Text: "the port is one of ztunnel's own", Long: "Ports 15001, 15006 and 15008 of a captured pod belong to its ztunnel. A tunnel does not lead to them.", Help: "call the application's port"},
}

// ambientNotes tell how a request passes ztunnels and waypoints.
var ambientNotes = []Entry{
	{Code: "ClientTakenByZtunnel", Text: "captured by the ztunnel on the client's node", Long: "The pod is in ambient mode: everything it sends goes through the ztunnel on its node, which does not read HTTP. DestinationRules, Sidecars and outboundTrafficPolicy have no effect there; VirtualServices take effect at a waypoint only."},
	{Code: "ServerTakenByZtunnel", Text: "captured by the ztunnel on the pod's node"},
	{Code: "ZtunnelPassed", Text: "bypasses ztunnel[: {0}]", Since: "it bypasses ztunnel", Long: "The connection reaches the pod without passing its ztunnel, so neither PeerAuthentication nor any policy is enforced on it."},
	{Code: "AddressOfHost", Text: "has the address {0}"},
	{Code: "AddressOfPod", Text: "is the pod with the address {0}"},
	{Code: "AddressUnknown", Text: "ztunnel does not know {0} and passes the connection through unchanged", Long: "ztunnel knows the addresses of pods and Services, and those that ServiceEntries list or istiod assigned to them. To any other address it connects as the client's program would. REGISTRY_ONLY has no effect on it."},
	{Code: "ThroughWaypoint", Text: "goes through waypoint {0}"},
	{Code: "ThroughWaypoints", Text: "goes through waypoint {0}[, {2}% of the connections through {1}]"},
	{Code: "WithoutWaypoint", Text: "no waypoint is on the path[: {0}]", Long: "The connection goes straight to an endpoint. Policies with targetRefs, RequestAuthentications, HTTPRoutes and VirtualServices of the destination are not applied to it; only what ztunnel enforces is."},
	{Code: "WaypointEndpoints", Text: "{0} of {1} pods of the waypoint are ready"},
	{Code: "Tunnel", Text: "mTLS through an HBONE tunnel", Since: "an HBONE tunnel is used", Long: "HBONE is mutual TLS on port 15008 with HTTP CONNECT in it. It is used wherever the endpoint accepts it: a captured pod, a waypoint, or a sidecar that is labelled networking.istio.io/tunnel: http."},
	{Code: "NoTunnel", Text: "plaintext: the endpoint accepts no HBONE tunnel", Since: "the endpoint accepts no HBONE tunnel", Long: "The endpoint is neither captured nor labelled for tunnels, so the connection goes to it in plaintext. ztunnel and waypoints never use the mutual TLS that sidecars use among themselves."},
	{Code: "TunnelAccepted", Text: "the request arrives through an HBONE tunnel, which is mTLS whatever the mode is"},
	{Code: "TunnelHTTP", Text: "{0}; the request arrives through an HBONE tunnel as {2}", Long: "The identity is that of the proxy that opened the tunnel. A tunnel is accepted whatever the mode is."},
	{Code: "TunnelTCP", Text: "{0}; through an HBONE tunnel as {2}, on a port that is not read as HTTP", Long: "The identity is that of the proxy that opened the tunnel, but HTTP is not read: paths, methods, hosts, headers and tokens in policies cannot be compared."},
	{Code: "ZtunnelTakesPlaintext", Text: "plaintext is accepted; the client has no identity", Long: "No PeerAuthentication sets STRICT for this port of the pod. The caller has no identity, so principals, namespaces and service accounts in policies never match it. ztunnel treats DISABLE like PERMISSIVE."},
	{Code: "WaypointService", Text: "port {0} ({1}) is read as {2}"},
	{Code: "WaypointWorkload", Text: "the pod at {0} is called directly; its traffic is read as {1}", Long: "Traffic to a pod's own address passes a waypoint for workloads. Policies and routes of a Service do not apply to it there."},
	{Code: "WaypointRoutes", Text: "has the Service's routes"},
	{Code: "WaypointDefaultRoute", Text: "no route of the Service applies: the request goes to the Service itself"},
	{Code: "IngressWaypoint", Text: "sends it through waypoint {0}: {1} of {2} pods are ready"},
	{Code: "WaypointFrozen", Text: "Envoy rejects this, and waypoint {0} keeps its previous configuration: later changes reach none of its Services", Long: "A waypoint has the policies and routes of all its Services in one listener. If Envoy rejects one part, none of them gets any later change.", Help: "fix or remove it"},
}

// ambientWhys tell what becomes of pods, waypoints and policies in ambient mode. Where istiod has a word for it in a condition, that is the code.
var ambientWhys = []Entry{
	{Code: "Enrolled", Text: "is captured: istio-cni enrolled it"},
	{Code: "StillEnrolled", Text: "is still captured, although no label asks for it any more"},
	{Code: "EnrolmentPending", Text: "is redirected, but ztunnel has not taken it over yet"},
	{Code: "NotEnrolled", Text: "is labelled for ambient mode, but istio-cni has not enrolled it"},
	{Code: "OptedOut", Text: "is not captured: its label istio.io/dataplane-mode is none"},
	{Code: "NotAmbient", Text: "is not captured: no label adds it to ambient mode"},
	{Code: "HostNetwork", Text: "is not captured: it uses its node's network"},
	{Code: "SidecarPresent", Text: "is not captured: it has a sidecar"},
	{Code: "ExcludedByCNI", Text: "is not captured: istio-cni excludes its namespace"},
	{Code: "ToItself", Text: "a pod's connection to itself bypasses ztunnel", Since: "the pod calls itself"},
	{Code: "BypassInbound", Text: "its annotation lets plaintext bypass ztunnel", Since: "the pod's annotation lets plaintext bypass ztunnel"},
	{Code: "NodesOwn", Text: "comes from the pod's own node, and bypasses ztunnel", Since: "it comes from the network of the pod's own node"},
	{Code: "NodeNotKnown", Text: "may come from the pod's own node, and would then bypass ztunnel", Since: "it may come from the network of the pod's own node"},
	{Code: "InHBONE", Text: "arrives in a tunnel that ends at ztunnel"},
	{Code: "WithoutZtunnel", Text: "no ztunnel is on the path: the pod is not captured", Since: "the pod is not captured"},

	{Code: "WaypointAccepted", Text: "is bound to it"},
	{Code: "NoWaypointAsked", Text: "neither it nor its namespace names a waypoint", Since: "neither it nor its namespace names one"},
	{Code: "NoneAsked", Text: "its label istio.io/use-waypoint is none", Since: "its label istio.io/use-waypoint is none"},
	{Code: "IsWaypoint", Text: "is a waypoint itself, and uses none", Since: "it is a waypoint itself"},
	{Code: "NotPublished", Text: "ztunnel does not know Services of type ExternalName", Since: "it is of type ExternalName"},
	{Code: "WaypointIsNotReady", Text: "no Gateway of that name has an address", Since: "no Gateway of that name has an address"},
	{Code: "AttachmentDenied", Text: "allowedRoutes of the waypoint's listener exclude its namespace", Since: "allowedRoutes of the waypoint's listener exclude its namespace"},
	{Code: "UnsupportedTrafficType", Text: "the waypoint does not handle this traffic (istio.io/waypoint-for)", Since: "the waypoint does not handle this traffic (istio.io/waypoint-for)"},
	{Code: "ForServicesOnly", Text: "the waypoint of its namespace is for Services only", Since: "the waypoint of its namespace is for Services only"},
	{Code: "CrossNamespaceWaypointForbidden", Text: "may only use a waypoint of its own namespace, and this one is in another", Since: "it may only use a waypoint of its own namespace, and this one is in another"},
	{Code: "CanaryInvalidWeight", Text: "its weight is not a percentage"},
	{Code: "CanarySameAsPrimary", Text: "is the first waypoint itself"},
	{Code: "WaypointReady", Text: "has a ready pod"},
	{Code: "WaypointServiceMissing", Text: "the Service named in its status does not exist", Since: "the Service named in its status does not exist"},
	{Code: "WaypointPortMissing", Text: "its Service has no port 15008, so it is not a waypoint", Since: "its Service has no port 15008, so it is not a waypoint"},
	{Code: "WaypointWithoutPods", Text: "none of its pods is ready", Since: "none of its pods is ready"},

	{Code: "NoTargetRefs", Text: "has no targetRefs, and waypoints ignore selectors", Since: "it has no targetRefs, and waypoints ignore selectors"},
	{Code: "ForeignTarget", Text: "is not in the namespace of its targetRefs", Since: "it is not in the namespace of its targetRefs"},
	{Code: "NotWorkloadTraffic", Text: "is for a Service, but the client called a pod", Since: "it is for a Service, but the client called a pod"},
	{Code: "ServiceUnbound", Text: "is for a Service that names no waypoint", Since: "neither the Service nor its namespace names a waypoint"},
	{Code: "HostWithoutAddress", Text: "is for a headless Service, whose clients call the pods directly", Since: "it is for a headless Service, whose clients call the pods directly"},
	{Code: "NoWaypoint", Text: "is for a waypoint, but none is on the path", Since: "it is for a waypoint, but none is on any path"},
	{Code: "WaypointItself", Text: "selects pods: only targetRefs attach a policy to a waypoint", Since: "only targetRefs attach a policy to a waypoint"},
	{Code: "DeniesNothing", Text: "has no rules, and a DENY policy without rules denies nothing", Since: "a DENY policy without rules denies nothing"},
	{Code: "PortWithoutHTTP", Text: "needs HTTP, but the port is not declared as HTTP", Since: "the port is not declared as HTTP"},
	{Code: "NeedsHTTP", Text: "needs HTTP, which ztunnel does not read", Since: "ztunnel does not read HTTP"},
	{Code: "NotTranslated", Text: "has trustDomains, which istiod drops for ztunnel", Since: "istiod drops trustDomains for ztunnel"},
	{Code: "ReleaseTooOld", Text: "has serviceAccounts, which this release of istiod or ztunnel does not compare", Since: "this release of istiod or ztunnel does not compare serviceAccounts"},
	{Code: "ValueNotUsable", Text: "has an invalid port or address", Since: "it has an invalid port or address"},
	{Code: "ActionUnsupported", Text: "ztunnel supports only the actions ALLOW and DENY", Since: "ztunnel supports only the actions ALLOW and DENY"},
	{Code: "EmptySelector", Text: "has an empty selector, which selects no pod at ztunnel", Since: "an empty selector selects no pod at ztunnel"},
	{Code: "PortLevelLost", Text: "DISABLE for a port has no effect under an inherited STRICT"},
	{Code: "PolicyNotMade", Text: "istiod generates no policy from its ports, so all of them are open", Since: "istiod generates no policy from its ports"},
	{Code: "DisableIsPermissive", Text: "ztunnel accepts mutual TLS all the same: it treats DISABLE like PERMISSIVE", Since: "ztunnel accepts mutual TLS all the same"},
	{Code: "PeerIsNoAddress", Text: "compares the peer's address, which a waypoint does not see: remoteIpBlocks has the client's", Since: "a waypoint does not see the client's address there: remoteIpBlocks has it"},
}

// enforcementTexts tell what a rule has become at the proxy that has it.
var enforcementTexts = []Entry{
	{Code: "RuleWider", Text: "matches more than written ({0})"},
	{Code: "RuleNarrower", Text: "matches less than written ({0})"},
	{Code: "RuleChanged", Text: "matches something other than written ({0})"},
	{Code: "RuleInert", Text: "never matches ({0})"},
	{Code: "RuleDropped", Text: "is dropped ({0})"},
}

// unenforcedNotes tell of policies that are enforced by nobody, elsewhere, or otherwise than they are written.
var unenforcedNotes = []Entry{
	{Code: "EnforcedByNobody", Text: "is not enforced on {0}[: {1}][ ({2})]", Long: "The policy names the pod or a Service of it, but no proxy on any path to the pod has it: it is for a waypoint that nothing is bound to, or it needs HTTP at a ztunnel, which does not read HTTP. What it denies gets through, and what it requires is not required. \"kubectl mesh-why enforcement\" lists all policies of a workload with the proxies that enforce them.", Help: "bind the Service to a waypoint (label istio.io/use-waypoint) and the policy to the Service (targetRefs)", Sources: "label istio.io/use-waypoint; AuthorizationPolicy spec.targetRefs, spec.selector"},
	{Code: "SeesWaypoint", Text: "is compared with the identity of the waypoint, {0}: behind it the client's own identity is not visible", Long: "ztunnel knows who opened the tunnel. Behind a waypoint that is always the waypoint, so a policy with a selector that names clients refuses all of them.", Help: "move the conditions on clients to a policy with targetRefs for the Service, and allow the waypoint's service account in the policy with the selector"},
	{Code: "EnforcedElsewhere", Text: "is enforced only by {0}, which this request does not pass[: {1}]", Long: "A waypoint enforces its policies on connections that come through it: from ztunnels, and from gateways with istio.io/ingress-use-waypoint. Clients with a sidecar, without a proxy, or that call the pod directly bypass it.", Help: "let the pod accept connections from the waypoint only: an ALLOW policy with a selector for the waypoint's service account"},
	{Code: "RuleMatchesMore", Text: "matches more at {0} than written[: {1}]", Long: "In a DENY rule, ztunnel (and Envoy on a non-HTTP port) leaves out conditions that it cannot compare; what is left matches more connections.", Help: "split the rule: move what needs HTTP to a policy with targetRefs for a waypoint"},
	{Code: "RuleMatchesLess", Text: "matches less at {0} than written[: {1}]", Long: "A part of the rule cannot be compared where it is enforced, and never matches."},
	{Code: "RuleMatchesOther", Text: "matches something other than written at {0}[: {1}]", Long: "Some parts of the rule never match where it is enforced, and some match more."},
	{Code: "RuleNeverMatches", Text: "never matches at {0}[: {1}]", Long: "Every condition in one of the rule's lists is of a kind that the proxy cannot compare. ztunnel then never matches the rule: such a DENY denies nothing.", Help: "bind the policy to a waypoint with targetRefs, or use only what ztunnel compares: identities, namespaces, addresses, ports"},
	{Code: "RuleLeftOut", Text: "is dropped at {0}[: {1}]", Long: "An ALLOW rule that needs HTTP is dropped as a whole where HTTP is not read. If no rule is left, the policy still applies and allows nothing.", Help: "bind the policy to a waypoint with targetRefs, or use only what ztunnel compares: identities, namespaces, addresses, ports"},

	{Code: "WayByService", Text: "goes to the Service", Since: "the client calls the Service, and the waypoint is for the pod's own address"},
	{Code: "WayByAddress", Text: "goes to the pod", Since: "the client calls the pod, and the waypoint is for the Service"},
	{Code: "WayBySidecar", Text: "comes from a sidecar", Since: "a client with a sidecar goes straight to the pod"},
	{Code: "WayByGateway", Text: "comes from a gateway", Since: "gateways bypass a waypoint unless istio.io/ingress-use-waypoint is true"},
	{Code: "WayPlaintext", Text: "comes from a client without a proxy", Since: "a client without a proxy does not know the waypoint"},
}
