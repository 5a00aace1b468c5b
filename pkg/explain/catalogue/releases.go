package catalogue

// byRelease is what each change between releases means for an answer.
const byRelease = "The rule changed with a release. A request that depends on it is not settled on a release that has the older form: what could come of the request by that form is among the outcomes."

// releaseTexts tell of what changed between releases and is followed in its newer form alone.
var releaseTexts = []Entry{
	{Code: "RuleDiffersByVersion", Text: "{0} may answer otherwise: {1}", Long: "A rule that this request depends on changed between releases, or a flag of istiod turns the change back. The newer rule is followed here, so that the answer is not settled: what older releases could answer is among the outcomes.", Help: "ask the mesh, or ask with --istio-version what a later release answers"},
	{Code: "EndpointsElsewhere", Text: "the mesh has other clusters or networks ({0}), and endpoints there were not read", Long: "istiod puts the endpoints of all its clusters behind a Service of one name. That there are others shows in a Secret labelled istio/multiCluster, in meshNetworks, in an east-west gateway, or in the name of a network. A Service without endpoints here may have some there, and requests are shared with them.", Help: "ask the other clusters, or see kubectl get endpointslices there; istioctl proxy-config endpoints shows what a proxy has", Sources: "ConfigMap istio meshNetworks; label topology.istio.io/network; label istio/multiCluster"},
	{Code: "RuleDiffers", Text: "{1}; {0} has the older rule, and the newer one is followed ({2})", Long: "A rule that this request depends on changed between releases.", Help: "ask with --istio-version what a later release answers"},

	{Code: "ClaimsCompared", Text: "proxies before 1.21 compare claims otherwise", Long: "They compare issuer and subject as one text, split every claim at blanks, and look at the first audience alone."},
	{Code: "IssuersCut", Text: "1.21.0 cuts request principals at their first slash", Long: "No issuer that is a URL matches there."},
	{Code: "AudiencesListed", Text: "1.21.0 to 1.21.2 do not compare lists of audiences", Long: byRelease},
	{Code: "TokenToTheEnd", Text: "proxies before 1.20 end a token at the first character that none can have", Long: byRelease},
	{Code: "TokenLinesApart", Text: "proxies before 1.22 join the lines of a token's header", Long: byRelease},
	{Code: "ListClaimsAsHeader", Text: "proxies before 1.21 write no header for claims that are lists or objects", Long: byRelease},
	{Code: "CookieTokens", Text: "before 1.21 tokens are not looked for in cookies", Long: byRelease},
	{Code: "IssuerOptional", Text: "before 1.27 a rule for tokens needs an issuer", Long: byRelease},
	{Code: "SpaceDelimited", Text: "before 1.28 spaceDelimitedClaims has no effect", Long: byRelease},

	{Code: "ServerNameSent", Text: "before 1.21 TLS without sni sends no server name", Long: byRelease},
	{Code: "ServerNameRewritten", Text: "proxies before 1.24 send the server name of the host before the route changed it", Long: byRelease},
	{Code: "MetadataCertificates", Text: "before 1.24 certificates of the proxy's metadata take the place of a DestinationRule's TLS", Long: byRelease},
	{Code: "RulesMergedByExport", Text: "before 1.24 DestinationRules of one host are merged whatever their exportTo", Long: byRelease},
	{Code: "ExportsToOthers", Text: "before 1.20.2 and 1.21 an exportTo that names its own namespace is for that one alone", Long: byRelease},
	{Code: "SelectorsFirst", Text: "before 1.22 age decides among DestinationRules with and without workloadSelector", Long: byRelease},
	{Code: "WaypointsByLabel", Text: "before 1.22 waypoints are bound otherwise", Long: "By an annotation of theirs, istio.io/for-service-account, or for their namespace as a whole."},

	{Code: "AliasesFollowed", Text: "before 1.21 a Service of type ExternalName is one of its own, without mutual TLS", Long: byRelease},
	{Code: "SpecificHostFirst", Text: "before 1.21 the oldest of VirtualServices whose hosts overlap has the host", Long: byRelease},
	{Code: "HeaderPresent", Text: "before 1.21 a match on the presence of a header does not work", Long: byRelease},
	{Code: "WildcardHosts", Text: "1.19.6, 1.19.7, 1.20.2 and 1.20.3 ignore VirtualServices for wildcards that no Service has", Long: byRelease},
	{Code: "HostsApart", Text: "before 1.22 routes of a VirtualService's several hosts can get mixed on a gateway", Long: byRelease},
	{Code: "RegexTakesAll", Text: "before 1.21 a uri.regex of .* does not count as a match of everything", Long: byRelease},
	{Code: "PreflightsForwarded", Text: "proxies of 1.22 answer preflights that are not allowed", Long: byRelease},
	{Code: "HostsOfOneName", Text: "before 1.24 any of several namespaces that have the host can be taken", Long: byRelease},
	{Code: "AppProtocols", Text: "before 1.19 the appProtocols kubernetes.io/h2c, ws and wss are unknown", Long: byRelease},

	{Code: "TargetPortOfNone", Text: "before 1.22 targetPort has no effect with resolution NONE", Long: byRelease},
	{Code: "EntriesMerged", Text: "1.20.0 to 1.20.6 and 1.21.0 to 1.21.2 merge ServiceEntries of one host", Long: byRelease},
	{Code: "ListenersByAddress", Text: "1.22.4 and 1.23.0 make a listener for every address of a ServiceEntry", Long: byRelease},
	{Code: "AddressesAllocated", Text: "before 1.25 a ServiceEntry gets an address only where the proxy sets ISTIO_META_DNS_AUTO_ALLOCATE", Long: byRelease},

	{Code: "KindsOfOneHost", Text: "before 1.30 an HTTPRoute and a GRPCRoute for one host do not go together", Long: byRelease},
	{Code: "HostnamesCrossed", Text: "before 1.30 a TLSRoute takes all of its hostname, whatever its listener has of it", Long: byRelease},
	{Code: "GroupOfParents", Text: "before 1.19 a parent of kind Service needs no group", Long: byRelease},
	{Code: "GatewayNameLabels", Text: "before 1.21 pods of a Gateway are known by the label istio.io/gateway-name", Long: byRelease},
}
