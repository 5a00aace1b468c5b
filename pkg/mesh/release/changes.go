package release

// Changes of Istio's answers, by the releases that brought them, of which both sides are followed. Where the proxy's own code changed it is the
// proxy's release that counts, else istiod's. Numbers are those of the rows of docs/releases.md.
var (
	// TargetRefNames and TargetRefsNames (row 5): policies may name what they are for by targetRef, and by targetRefs. To an older istiod such a
	// policy is one without either.
	TargetRefNames  = Since{{1, 20, 0}}
	TargetRefsNames = Since{{1, 22, 0}}

	// CertificatesVerified (row 1): TLS to a server is verified against the public authorities where a DestinationRule names none; before, any
	// certificate was taken (VERIFY_CERTIFICATE_AT_CLIENT).
	CertificatesVerified = Since{{1, 21, 0}}

	// Status503NotRetried (row 6): without a retry policy of a route's own an answer of 503 is not asked for again
	// (EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY).
	Status503NotRetried = Since{{1, 24, 0}}

	// BrokenCustomMatches (row 7): a CUSTOM policy whose provider cannot be used refuses what its rules match; before, everything.
	BrokenCustomMatches = Since{{1, 20, 0}}

	// ObjectsOfUndiscovered (row 10): discoverySelectors leave out Istio's own objects too, not Services and pods alone
	// (ENABLE_ENHANCED_RESOURCE_SCOPING).
	ObjectsOfUndiscovered = Since{{1, 22, 0}}

	// PathTemplates (row 14): {*} and {**} in the paths of AuthorizationPolicies are templates; before, they were text.
	PathTemplates = Since{{1, 22, 0}}

	// InboundRetries (row 18): a server's sidecar tries again where its application refuses the connection (ENABLE_INBOUND_RETRY_POLICY).
	InboundRetries = Since{{1, 24, 0}}

	// MissingHeadersEmpty (row 25): to withoutHeaders of a VirtualService a header that is missing is an empty one; before, the condition did not hold.
	MissingHeadersEmpty = Since{{1, 22, 0}}

	// AbsoluteNames (row 24): a host with a dot at its end is the one without it (PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN).
	AbsoluteNames = Since{{1, 27, 0}}

	// HeaderLinesApart (row 12): a condition on a header looks at each of its lines; before, lines were joined with a comma
	// (ISTIO-SECURITY-2026-001; the proxy).
	HeaderLinesApart = Since{{1, 27, 8}, {1, 28, 5}, {1, 29, 1}, {1, 30, 0}}

	// ParametersStripped (row 13): path normalisation takes ..;x and .;x for the segments .. and . (CVE-2026-73551; the proxy).
	ParametersStripped = Since{{1, 29, 7}, {1, 30, 4}, {1, 31, 0}}

	// TrustDomainConditions (row 15): AuthorizationPolicy knows the source's trustDomains and the key source.trustDomain.
	TrustDomainConditions = Since{{1, 30, 2}, {1, 31, 0}}

	// ServiceAccountConditions (row 15): AuthorizationPolicy knows the source's serviceAccounts.
	ServiceAccountConditions = Since{{1, 25, 0}}

	// ZtunnelServiceAccounts, ZtunnelRanges, ZtunnelDryRun: ztunnel compares serviceAccounts, knows ServiceEntries whose addresses are ranges, and
	// only logs what a policy that runs dry matches; an older one leaves the field out, knows single addresses alone, and enforces it.
	ZtunnelServiceAccounts = Since{{1, 25, 0}}
	ZtunnelRanges          = Since{{1, 30, 0}}
	ZtunnelDryRun          = Since{{1, 29, 0}}

	// AmbientDNS: istio-cni redirects the DNS queries of captured pods to ztunnel (AMBIENT_DNS_CAPTURE).
	AmbientDNS = Since{{1, 25, 0}}

	// NamespacesQuoted (row 50): dots and brackets of namespaces and of suffixes of principals stand for themselves; before, they were part of a
	// regular expression (ISTIO-SECURITY-2026-003).
	NamespacesQuoted = Since{{1, 28, 7}, {1, 29, 3}, {1, 30, 0}}

	// AccountsQuoted (row 50) is the same for serviceAccounts.
	AccountsQuoted = Since{{1, 27, 9}, {1, 28, 6}, {1, 29, 2}, {1, 30, 0}}

	// GRPCRoutesRead, BackendTLSPoliciesRead, TLSRoutesRead, TCPRoutesRead (row 8): the kinds count without PILOT_ENABLE_ALPHA_GATEWAY_API.
	// ListenerSets and listeners of the protocol TLS came with TLSRoutes, listeners of the protocol TCP with TCPRoutes.
	GRPCRoutesRead         = Since{{1, 22, 0}}
	BackendTLSPoliciesRead = Since{{1, 28, 0}}
	TLSRoutesRead          = Since{{1, 30, 0}}
	TCPRoutesRead          = Since{{1, 31, 0}}

	// ProtocolsChecked (row 8): a listener whose protocol is not supported without the alpha kinds is not programmed.
	ProtocolsChecked = Since{{1, 25, 0}}

	// StrictGatewayMerging (row 23): the pods of a Gateway of the Gateway API take Istio's own Gateways of their namespace only
	// (PILOT_ENABLE_STRICT_GATEWAY_MERGING).
	StrictGatewayMerging = Since{{1, 31, 0}}

	// BestServiceNamespace (row 31): of the namespaces that have a destination a Kubernetes Service's comes first, then the oldest; before, the
	// first of the alphabet (PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE).
	BestServiceNamespace = Since{{1, 30, 0}}

	// DefaultExportToNames (row 32): the mesh's default exportTo may name namespaces; before, names in it had no effect.
	DefaultExportToNames = Since{{1, 30, 3}, {1, 31, 0}}

	// GrantsByName (row 40): the entries of a ReferenceGrant add up; between 1.26 and 1.29 only the last one of a kind counted.
	GrantsByName = Since{{1, 30, 0}}

	// HeaderValuesChecked (row 41): a filter of a route that sets a header to what cannot stand in one voids the route; before, the header was
	// left out.
	HeaderValuesChecked = Since{{1, 28, 8}, {1, 29, 4}, {1, 30, 1}, {1, 31, 0}}

	// OriginPatterns (row 44): stars in the origins of a CORS filter are patterns, and its preflights are answered in any case.
	OriginPatterns = Since{{1, 28, 6}, {1, 29, 1}, {1, 30, 0}}

	// RouteCORS, RouteRetries, RouteTimeouts (row 45): what HTTPRoutes can ask for. A filter that istiod does not know voids the route, other
	// fields have no effect.
	RouteCORS     = Since{{1, 26, 0}}
	RouteRetries  = Since{{1, 25, 0}}
	RouteTimeouts = Since{{1, 20, 0}}

	// BackendTLSClosed (row 57): a sidecar sends nothing where the authority of a BackendTLSPolicy is not to be had; before, plaintext.
	BackendTLSClosed = Since{{1, 29, 7}, {1, 30, 4}, {1, 31, 1}}

	// PoliciesBehindRules (row 58): of a DestinationRule and a BackendTLSPolicy for one host the rule comes first, whichever is older, and the policy
	// fills its gaps; before, the policy, which bears no creation time, had all of the rule's traffic policy.
	PoliciesBehindRules = Since{{1, 31, 0}}

	// EmptySelectors and EmptySelectorsNone (row 59): for a while a workloadSelector without labels selected every workload of the namespace.
	EmptySelectors     = Since{{1, 30, 0}}
	EmptySelectorsNone = Since{{1, 30, 5}, {1, 31, 1}}

	// ReasonsHidden (row 65): the answer to a request that cannot be sent on does not tell the reason of the transport (the proxy).
	ReasonsHidden = Since{{1, 30, 1}, {1, 31, 0}}

	// PlaintextAfterTLS (row 76): on a port of a gateway whose first server takes TLS off, a server of plaintext HTTP has routes.
	PlaintextAfterTLS = Since{{1, 26, 8}, {1, 27, 4}, {1, 28, 1}, {1, 29, 0}}

	// PrefixRedirects (row 73): a VirtualService's redirect may have a prefixRewrite.
	PrefixRedirects = Since{{1, 31, 0}}

	// DynamicDNSInSidecars (row 83): sidecars have clusters for ServiceEntries of the resolution DYNAMIC_DNS, not waypoints alone.
	DynamicDNSInSidecars = Since{{1, 30, 0}}

	// DryRunOfCustom: a CUSTOM policy that only runs dry refuses what its rules match; before, it does nothing.
	DryRunOfCustom = Since{{1, 30, 0}}

	// CustomNamesProvider: the name of a rule of a CUSTOM policy holds that of its provider.
	CustomNamesProvider = Since{{1, 30, 0}}
)
