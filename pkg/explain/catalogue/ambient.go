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
	{Code: "ServerTakenByZtunnel", Text: "captured by the ztunnel on the pod's node", Long: "The pod is in ambient mode: connections to it pass the ztunnel on its node, which enforces PeerAuthentication and the policies that need no HTTP."},
	{Code: "ZtunnelPassed", Text: "bypasses ztunnel[: {0}]", Since: "it bypasses ztunnel", Long: "The connection reaches the pod without passing its ztunnel, so neither PeerAuthentication nor any policy is enforced on it."},
	{Code: "AddressOfHost", Text: "has the address {0}", Long: "ztunnel looks up the address that the client called and finds this Service or ServiceEntry."},
	{Code: "AddressOfPod", Text: "is the pod with the address {0}", Long: "ztunnel looks up the address that the client called and finds this pod. Policies and waypoints of a Service do not apply to it."},
	{Code: "NameOfHost", Text: "ztunnel's DNS resolves {0} to {1}, its address", Long: "The client's ztunnel answers the client's DNS queries. For the host of a ServiceEntry that has an address, it answers with that address, and so the connection is one to the ServiceEntry.", Sources: "Pod annotation ambient.istio.io/dns-capture; istio-cni's value ambient.dnsCapture; ServiceEntry spec.addresses, status.addresses"},
	{Code: "AddressUnknown", Text: "ztunnel does not know {0} and passes the connection through unchanged", Long: "ztunnel knows the addresses of pods and Services, and those that ServiceEntries list or istiod assigned to them. To any other address it connects as the client's program would. REGISTRY_ONLY has no effect on it."},
	{Code: "ThroughWaypoint", Text: "goes through waypoint {0}", Long: "The destination uses a waypoint (label istio.io/use-waypoint), so ztunnel sends the connection there first."},
	{Code: "ThroughWaypoints", Text: "goes through waypoint {0}[, {2}% of the connections through {1}]", Long: "The destination uses two waypoints, of which a canary gets a part of the connections."},
	{Code: "WithoutWaypoint", Text: "no waypoint is on the path[: {0}]", Long: "The connection goes straight to an endpoint. Policies with targetRefs, RequestAuthentications, HTTPRoutes and VirtualServices of the destination are not applied to it; only what ztunnel enforces is."},
	{Code: "WaypointEndpoints", Text: "{0} of {1} pods of the waypoint are ready", Long: "The waypoint's Service has these pods; ztunnel sends connections to those that are ready."},
	{Code: "Tunnel", Text: "mTLS through an HBONE tunnel", Since: "an HBONE tunnel is used", Long: "HBONE is mutual TLS on port 15008 with HTTP CONNECT in it. It is used wherever the endpoint accepts it: a captured pod, a waypoint, or a sidecar that is labelled networking.istio.io/tunnel: http."},
	{Code: "NoTunnel", Text: "plaintext: the endpoint accepts no HBONE tunnel", Since: "the endpoint accepts no HBONE tunnel", Long: "The endpoint is neither captured nor labelled for tunnels, so the connection goes to it in plaintext. ztunnel and waypoints never use the mutual TLS that sidecars use among themselves."},
	{Code: "TunnelAccepted", Text: "the request arrives through an HBONE tunnel, which is mTLS whatever the mode is", Long: "HBONE is mutual TLS. ztunnel accepts it in every mode, including DISABLE."},
	{Code: "TunnelHTTP", Text: "{0}; the request arrives through an HBONE tunnel as {2}", Long: "The identity is that of the proxy that opened the tunnel. A tunnel is accepted whatever the mode is."},
	{Code: "TunnelTCP", Text: "{0}; through an HBONE tunnel as {2}, on a port that is not read as HTTP", Long: "The identity is that of the proxy that opened the tunnel, but HTTP is not read: paths, methods, hosts, headers and tokens in policies cannot be compared."},
	{Code: "ZtunnelTakesPlaintext", Text: "plaintext is accepted; the client has no identity", Long: "No PeerAuthentication sets STRICT for this port of the pod. The caller has no identity, so principals, namespaces and service accounts in policies never match it. ztunnel treats DISABLE like PERMISSIVE."},
	{Code: "WaypointService", Text: "port {0} ({1}) is read as {2}", Long: "The waypoint reads the port as the Service declares it, by name or appProtocol."},
	{Code: "WaypointWorkload", Text: "the pod at {0} is called directly; its traffic is read as {1}", Long: "Traffic to a pod's own address passes a waypoint for workloads. Policies and routes of a Service do not apply to it there."},
	{Code: "WaypointRoutes", Text: "has the Service's routes", Long: "HTTPRoutes or VirtualServices of the Service are applied at its waypoint."},
	{Code: "WaypointDefaultRoute", Text: "no route of the Service applies: the request goes to the Service itself", Long: "No HTTPRoute or VirtualService of the Service applies at the waypoint, so it sends the request to the Service's endpoints."},
	{Code: "IngressWaypoint", Text: "sends it through waypoint {0}: {1} of {2} pods are ready", Long: "The Service or its namespace has the label istio.io/ingress-use-waypoint: true, so the gateway sends the request through the waypoint."},
	{Code: "WaypointFrozen", Text: "Envoy rejects this, and waypoint {0} keeps its previous configuration: later changes reach none of its Services", Long: "A waypoint has the policies and routes of all its Services in one listener. If Envoy rejects one part, none of them gets any later change.", Help: "fix or remove it"},
}

// ambientWhys tell what becomes of pods, waypoints and policies in ambient mode. Where istiod has a word for it in a condition, that is the code.
var ambientWhys = []Entry{
	{Code: "Enrolled", Text: "is captured: istio-cni enrolled it", Long: "The pod has the annotation ambient.istio.io/redirection: enabled, which istio-cni sets once ztunnel captures the pod's traffic."},
	{Code: "StillEnrolled", Text: "is still captured, although no label asks for it any more", Long: "istio-cni enrolled the pod while a label asked for it. Without the label it remains captured until istio-cni removes it."},
	{Code: "EnrolmentPending", Text: "is redirected, but ztunnel has not taken it over yet", Long: "The annotation ambient.istio.io/redirection is pending: the redirection is set up, but ztunnel does not serve the pod yet."},
	{Code: "NotEnrolled", Text: "is labelled for ambient mode, but istio-cni has not enrolled it", Long: "The label istio.io/dataplane-mode: ambient of the pod or its namespace applies, but the pod lacks the annotation ambient.istio.io/redirection: enabled."},
	{Code: "OptedOut", Text: "is not captured: its label istio.io/dataplane-mode is none", Long: "The label on the pod takes precedence over that of its namespace."},
	{Code: "NotAmbient", Text: "is not captured: no label adds it to ambient mode", Long: "Neither the pod nor its namespace has the label istio.io/dataplane-mode: ambient."},
	{Code: "HostNetwork", Text: "is not captured: it uses its node's network", Long: "Traffic of pods with hostNetwork is never redirected."},
	{Code: "SidecarPresent", Text: "is not captured: it has a sidecar", Long: "A pod with a sidecar is not captured by ztunnel, whatever its labels say."},
	{Code: "ExcludedByCNI", Text: "is not captured: istio-cni excludes its namespace", Long: "istio-cni's excludeNamespaces contains the namespace."},
	{Code: "ToItself", Text: "a pod's connection to itself bypasses ztunnel", Since: "the pod calls itself", Long: "A pod that calls its own address does not leave its network, so nothing is redirected."},
	{Code: "BypassInbound", Text: "its annotation lets plaintext bypass ztunnel", Since: "the pod's annotation lets plaintext bypass ztunnel", Long: "With the annotation ambient.istio.io/bypass-inbound-capture, plaintext to the pod reaches the application without passing ztunnel."},
	{Code: "NodesOwn", Text: "comes from the pod's own node, and bypasses ztunnel", Since: "it comes from the network of the pod's own node", Long: "Traffic from the node's own network, such as the kubelet's probes, is not redirected."},
	{Code: "NodeNotKnown", Text: "may come from the pod's own node, and would then bypass ztunnel", Since: "it may come from the network of the pod's own node", Long: "A client outside the mesh may be on the pod's own node, whose traffic is not redirected."},
	{Code: "InHBONE", Text: "arrives in a tunnel that ends at ztunnel", Long: "The connection arrives on port 15008, where ztunnel unwraps it."},
	{Code: "WithoutZtunnel", Text: "no ztunnel is on the path: the pod is not captured", Since: "the pod is not captured", Long: "The pod is not in ambient mode and has no sidecar, so nothing enforces policies on it."},

	{Code: "WaypointAccepted", Text: "is bound to it", Long: "The label istio.io/use-waypoint of the object or its namespace names the waypoint, which accepts it."},
	{Code: "NoWaypointAsked", Text: "neither it nor its namespace names a waypoint", Since: "neither it nor its namespace names one", Long: "Without the label istio.io/use-waypoint, connections go straight to the endpoints."},
	{Code: "NoneAsked", Text: "its label istio.io/use-waypoint is none", Since: "its label istio.io/use-waypoint is none", Long: "The label on the object takes precedence over that of its namespace."},
	{Code: "IsWaypoint", Text: "is a waypoint itself, and uses none", Since: "it is a waypoint itself", Long: "A waypoint's own Service and pods do not use another waypoint."},
	{Code: "NotPublished", Text: "ztunnel does not know Services of type ExternalName", Since: "it is of type ExternalName", Long: "istiod does not publish ExternalName Services to ztunnel, so no waypoint can be bound to them."},
	{Code: "WaypointIsNotReady", Text: "no Gateway of that name has an address", Since: "no Gateway of that name has an address", Long: "The label names a Gateway that does not exist or whose status has no address. Connections then go straight to the endpoints."},
	{Code: "AttachmentDenied", Text: "allowedRoutes of the waypoint's listener exclude its namespace", Since: "allowedRoutes of the waypoint's listener exclude its namespace", Long: "A waypoint accepts objects of other namespaces only if allowedRoutes of its listener admits them."},
	{Code: "UnsupportedTrafficType", Text: "the waypoint does not handle this traffic (istio.io/waypoint-for)", Since: "the waypoint does not handle this traffic (istio.io/waypoint-for)", Long: "The label istio.io/waypoint-for of the waypoint restricts it to service, workload or no traffic."},
	{Code: "ForServicesOnly", Text: "the waypoint of its namespace is for Services only", Since: "the waypoint of its namespace is for Services only", Long: "A waypoint is for Services unless its label istio.io/waypoint-for says workload or all, so pods that are called directly do not use it."},
	{Code: "CrossNamespaceWaypointForbidden", Text: "may only use a waypoint of its own namespace, and this one is in another", Since: "it may only use a waypoint of its own namespace, and this one is in another", Long: "This release, or the object's kind, allows only waypoints of the object's own namespace."},
	{Code: "CanaryInvalidWeight", Text: "its weight is not a percentage", Long: "The weight of a canary waypoint is a whole number from 0 to 100; any other value disables the canary."},
	{Code: "CanarySameAsPrimary", Text: "is the first waypoint itself", Long: "A canary has to be another waypoint than the first one."},
	{Code: "WaypointReady", Text: "has a ready pod", Long: "Connections to the destination go through the waypoint."},
	{Code: "WaypointServiceMissing", Text: "the Service named in its status does not exist", Since: "the Service named in its status does not exist", Long: "The waypoint's status has the address of a Service that no longer exists, so nothing can be reached there."},
	{Code: "WaypointPortMissing", Text: "its Service has no port 15008, so it is not a waypoint", Since: "its Service has no port 15008, so it is not a waypoint", Long: "ztunnel reaches a waypoint through HBONE on port 15008."},
	{Code: "WaypointWithoutPods", Text: "none of its pods is ready", Since: "none of its pods is ready", Long: "The waypoint has an address, but no pod behind it: connections to the destination are closed."},

	{Code: "WaypointScaledDown", Text: "wants no pods", Since: "its Deployment is scaled to no pods", Long: "spec.replicas of the waypoint's Deployment is 0."},
	{Code: "WaypointPodsMissing", Text: "wants pods, but has none", Since: "its Deployment has no pods", Long: "The waypoint's Deployment wants pods, but none exists: a quota, or the pods' admission, may prevent it."},
	{Code: "WaypointPodsNotReady", Text: "has pods, but none is ready", Since: "none of its Deployment's pods is ready", Long: "The pods of the waypoint's Deployment exist, but none of them is ready."},

	{Code: "NoTargetRefs", Text: "has no targetRefs, and waypoints ignore selectors", Since: "it has no targetRefs, and waypoints ignore selectors", Long: "A waypoint enforces policies that name it, or a Service bound to it, in targetRefs. Policies with a selector belong to the pods."},
	{Code: "ForeignTarget", Text: "is not in the namespace of its targetRefs", Since: "it is not in the namespace of its targetRefs", Long: "targetRefs refer to objects of the policy's own namespace only."},
	{Code: "NotWorkloadTraffic", Text: "is for a Service, but the client called a pod", Since: "it is for a Service, but the client called a pod", Long: "Policies for a Service apply to connections to the Service's address, not to those to a pod's own address."},
	{Code: "ServiceUnbound", Text: "is for a Service that names no waypoint", Since: "neither the Service nor its namespace names a waypoint", Long: "A policy with targetRefs for a Service is enforced by the Service's waypoint. Without one, nothing enforces it."},
	{Code: "HostWithoutAddress", Text: "is for a headless Service, whose clients call the pods directly", Since: "it is for a headless Service, whose clients call the pods directly", Long: "ztunnel recognises a Service by its address. A headless Service has none: its clients call the pods."},
	{Code: "NoWaypoint", Text: "is for a waypoint, but none is on the path", Since: "it is for a waypoint, but none is on any path", Long: "The policy names a waypoint in targetRefs, and no connection to this workload passes that waypoint."},
	{Code: "WaypointItself", Text: "selects pods: only targetRefs attach a policy to a waypoint", Since: "only targetRefs attach a policy to a waypoint", Long: "A waypoint's pods match selectors, but policies with a selector are not enforced there."},
	{Code: "DeniesNothing", Text: "has no rules, and a DENY policy without rules denies nothing", Since: "a DENY policy without rules denies nothing", Long: "A policy without rules matches no request. For ALLOW that denies everything, for DENY nothing."},
	{Code: "PortWithoutHTTP", Text: "needs HTTP, but the port is not declared as HTTP", Since: "the port is not declared as HTTP", Long: "Paths, methods, hosts, headers and tokens can only be compared where the traffic is read as HTTP."},
	{Code: "NeedsHTTP", Text: "needs HTTP, which ztunnel does not read", Since: "ztunnel does not read HTTP", Long: "Paths, methods, hosts, headers and tokens can only be compared at a waypoint or a sidecar."},
	{Code: "NotTranslated", Text: "has trustDomains, which istiod drops for ztunnel", Since: "istiod drops trustDomains for ztunnel", Long: "istiod does not pass trustDomains on to ztunnel; the condition is missing there."},
	{Code: "ReleaseTooOld", Text: "has serviceAccounts, which this release of istiod or ztunnel does not compare", Since: "this release of istiod or ztunnel does not compare serviceAccounts", Long: "Releases before the one that introduced serviceAccounts ignore the field."},
	{Code: "ValueNotUsable", Text: "has an invalid port or address", Since: "it has an invalid port or address", Long: "istiod cannot translate the value for ztunnel."},
	{Code: "ActionUnsupported", Text: "ztunnel supports only the actions ALLOW and DENY", Since: "ztunnel supports only the actions ALLOW and DENY", Long: "CUSTOM and AUDIT need Envoy: a sidecar, a waypoint or a gateway."},
	{Code: "EmptySelector", Text: "has an empty selector, which selects no pod at ztunnel", Since: "an empty selector selects no pod at ztunnel", Long: "At ztunnel a selector without labels selects nothing, whereas a policy without a selector applies to the whole namespace."},
	{Code: "PortLevelLost", Text: "DISABLE for a port has no effect under an inherited STRICT", Long: "ztunnel gets STRICT as a policy for the pod; a port-level DISABLE is not an exception to an inherited one."},
	{Code: "PolicyNotMade", Text: "istiod generates no policy from its ports, so all of them are open", Since: "istiod generates no policy from its ports", Long: "istiod translates PeerAuthentication to policies for ztunnel. From these portLevelMtls it generates none."},
	{Code: "DisableIsPermissive", Text: "ztunnel accepts mutual TLS all the same: it treats DISABLE like PERMISSIVE", Since: "ztunnel accepts mutual TLS all the same", Long: "ztunnel always accepts HBONE. DISABLE only means that it accepts plaintext too."},
	{Code: "PeerIsNoAddress", Text: "compares the peer's address, which a waypoint does not see: remoteIpBlocks has the client's", Since: "a waypoint does not see the client's address there: remoteIpBlocks has it", Long: "Behind ztunnel, the direct peer of a waypoint is a tunnel. ipBlocks never match there; remoteIpBlocks compare the client's address."},
}

// enforcementTexts tell what a rule has become at the proxy that has it.
var enforcementTexts = []Entry{
	{Code: "RuleWider", Text: "matches more than written ({0})", Long: "Conditions that cannot be compared at this proxy are left out, so the rule matches more requests."},
	{Code: "RuleNarrower", Text: "matches less than written ({0})", Long: "A part of the rule can never match at this proxy."},
	{Code: "RuleChanged", Text: "matches something other than written ({0})", Long: "Some parts of the rule match more at this proxy, and some can never match."},
	{Code: "RuleInert", Text: "never matches ({0})", Long: "Nothing that the rule compares is visible at this proxy."},
	{Code: "RuleDropped", Text: "is dropped ({0})", Long: "istiod drops the rule for this proxy."},
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

	{Code: "WayByService", Text: "goes to the Service", Since: "the client calls the Service, and the waypoint is for the pod's own address", Long: "Connections to the Service's address, which a waypoint for pods does not see."},
	{Code: "WayByAddress", Text: "goes to the pod", Since: "the client calls the pod, and the waypoint is for the Service", Long: "Connections to the pod's own address, which a waypoint for the Service does not see."},
	{Code: "WayBySidecar", Text: "comes from a sidecar", Since: "a client with a sidecar goes straight to the pod", Long: "Sidecars do not send requests through waypoints."},
	{Code: "WayByGateway", Text: "comes from a gateway", Since: "gateways bypass a waypoint unless istio.io/ingress-use-waypoint is true", Long: "Gateways send requests through a waypoint only with the label istio.io/ingress-use-waypoint: true."},
	{Code: "WayPlaintext", Text: "comes from a client without a proxy", Since: "a client without a proxy does not know the waypoint", Long: "Only ztunnels, and gateways that are told to, send connections through a waypoint."},
}
