package release

// Changes of Istio's answers, by the releases that brought them. Where the proxy's own code changed it is the proxy's release that counts,
// else istiod's.
var (
	// HeaderLinesApart: a condition on a header looks at each of its lines; before, lines were joined with a comma (ISTIO-SECURITY-2026-001;
	// the proxy).
	HeaderLinesApart = Since{{1, 27, 8}, {1, 28, 5}, {1, 29, 1}, {1, 30, 0}}

	// ParametersStripped: path normalisation takes ..;x and .;x for the segments .. and . (CVE-2026-73551; the proxy).
	ParametersStripped = Since{{1, 29, 7}, {1, 30, 4}, {1, 31, 0}}

	// TrustDomainConditions: AuthorizationPolicy knows the source's trustDomains and the key source.trustDomain.
	TrustDomainConditions = Since{{1, 30, 2}, {1, 31, 0}}

	// ServiceAccountConditions: AuthorizationPolicy knows the source's serviceAccounts.
	ServiceAccountConditions = Since{{1, 25, 0}}

	// ZtunnelServiceAccounts, ZtunnelRanges, ZtunnelDryRun: ztunnel compares serviceAccounts, knows ServiceEntries whose addresses are ranges, and
	// only logs what a policy that runs dry matches; an older one leaves the field out, knows single addresses alone, and enforces it.
	ZtunnelServiceAccounts = Since{{1, 25, 0}}
	ZtunnelRanges          = Since{{1, 30, 0}}
	ZtunnelDryRun          = Since{{1, 29, 0}}

	// NamespacesQuoted: dots and brackets of namespaces and of suffixes of principals stand for themselves; before, they were part of a
	// regular expression (ISTIO-SECURITY-2026-003).
	NamespacesQuoted = Since{{1, 28, 7}, {1, 29, 3}, {1, 30, 0}}

	// AccountsQuoted is the same for serviceAccounts.
	AccountsQuoted = Since{{1, 27, 9}, {1, 28, 6}, {1, 29, 2}, {1, 30, 0}}

	// GRPCRoutesRead, BackendTLSPoliciesRead, TLSRoutesRead, TCPRoutesRead: the kinds count without PILOT_ENABLE_ALPHA_GATEWAY_API.
	// ListenerSets and listeners of the protocol TLS came with TLSRoutes, listeners of the protocol TCP with TCPRoutes.
	GRPCRoutesRead         = Since{{1, 22, 0}}
	BackendTLSPoliciesRead = Since{{1, 28, 0}}
	TLSRoutesRead          = Since{{1, 30, 0}}
	TCPRoutesRead          = Since{{1, 31, 0}}

	// ProtocolsChecked: a listener whose protocol is not supported without the alpha kinds is not programmed.
	ProtocolsChecked = Since{{1, 25, 0}}

	// StrictGatewayMerging: the pods of a Gateway of the Gateway API take Istio's own Gateways of their namespace only
	// (PILOT_ENABLE_STRICT_GATEWAY_MERGING).
	StrictGatewayMerging = Since{{1, 31, 0}}

	// BestServiceNamespace: of the namespaces that have a destination a Kubernetes Service's comes first, then the oldest; before, the first
	// of the alphabet (PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE).
	BestServiceNamespace = Since{{1, 30, 0}}

	// DefaultExportToNames: the mesh's default exportTo may name namespaces; before, names in it had no effect.
	DefaultExportToNames = Since{{1, 30, 3}, {1, 31, 0}}

	// GrantsByName: the entries of a ReferenceGrant add up; between 1.26 and 1.29 only the last one of a kind counted.
	GrantsByName = Since{{1, 30, 0}}

	// PlaintextAfterTLS: on a port of a gateway whose first server takes TLS off, a server of plaintext HTTP has routes.
	PlaintextAfterTLS = Since{{1, 26, 8}, {1, 27, 4}, {1, 28, 1}, {1, 29, 0}}

	// PrefixRedirects: a VirtualService's redirect may have a prefixRewrite.
	PrefixRedirects = Since{{1, 31, 0}}

	// DynamicDNSInSidecars: sidecars have clusters for ServiceEntries of the resolution DYNAMIC_DNS, not waypoints alone.
	DynamicDNSInSidecars = Since{{1, 30, 0}}

	// DryRunOfCustom: a CUSTOM policy that only runs dry refuses what its rules match; before, it does nothing.
	DryRunOfCustom = Since{{1, 30, 0}}

	// CustomNamesProvider: the name of a rule of a CUSTOM policy holds that of its provider.
	CustomNamesProvider = Since{{1, 30, 0}}
)
