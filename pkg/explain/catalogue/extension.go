package catalogue

import "slices"

// extensions are the entries of EnvoyFilters, WasmPlugins and TrafficExtensions.
var extensions = slices.Concat(extensionReasons, extensionNotes, extensionWhys, patchProblems, presumptions)

// extensionReasons are why requests do not reach the application for what an extension puts into a proxy.
var extensionReasons = []Entry{
	{Code: "ExtensionAnswers", Text: "its filter answers every such request", Since: "a filter of an extension answers", Long: "An EnvoyFilter, a WasmPlugin or a TrafficExtension has added a filter to this proxy that answers requests of this kind itself. This follows from the resource and the request; the proxy's log has the filter's own response code details.", Help: "change or remove the extension, or narrow its match", Sources: "EnvoyFilter spec.configPatches; TrafficExtension spec; Envoy's reference of its HTTP filters"},
	{Code: "ExtensionMayAnswer", Text: "its filter answers some requests; the resources do not show which", Long: "An extension has added a filter to this proxy that answers requests depending on its code, on a service that it calls, or on the current load. Without it the request gets the first result of the verdict.", Help: "read the extension's code or configuration, or try the request on the mesh", Sources: "EnvoyFilter spec.configPatches; TrafficExtension spec"},
	{Code: "ProxyProtocolWanted", Text: "the listener expects the PROXY protocol, which this client does not send", Since: "the listener expects the PROXY protocol", Long: "An EnvoyFilter adds the listener filter of the PROXY protocol. It closes every connection that does not begin with that protocol's header; load balancers send the header if configured to, sidecars and programs do not.", Help: "set allow_requests_without_proxy_protocol in the filter, or have the load balancer send the header", Sources: "envoy.filters.listener.proxy_protocol"},
	{Code: "ListenerRemoved", Text: "removes what would accept the connection", Since: "a patch removes what would accept the connection", Long: "An EnvoyFilter removes the listener, the filter chain, or the filter at its end. Nothing accepts the connection then: it is refused, or closed during the handshake.", Help: "remove the patch", Sources: "EnvoyFilter spec.configPatches with operation REMOVE"},
	{Code: "ClusterRemoved", Text: "the proxy has no cluster {0}", Since: "a patch removes the cluster", Long: "An EnvoyFilter removes or renames the cluster that the route names, or sends the request to one that does not exist. The proxy answers 503 (NC, cluster_not_found).", Help: "remove the patch, or name a cluster that exists", Sources: "EnvoyFilter spec.configPatches with applyTo CLUSTER"},
}

// extensionNotes tell how requests pass extensions.
var extensionNotes = []Entry{
	{Code: "ExtensionsAttached", Text: "attached to this proxy: {0}", Long: "EnvoyFilters, WasmPlugins and TrafficExtensions that select this workload. One that matters to the request has a row of its own; the others do not change the answer."},
	{Code: "ExtensionHeaders", Text: "changes headers of the request", Since: "an extension changes headers of the request"},
	{Code: "ExtensionRewrites", Text: "sets {0} to {1}", Since: "an extension rewrites the request"},
	{Code: "ExtensionMayAnswerUnderLoad", Text: "passes unless it answers[ {0}]"},
	{Code: "ExtensionRemoves", Text: "its filter is missing: an extension removed it", Since: "an extension removed the filter"},
	{Code: "ExtensionRemovesPolicy", Text: "removes the filter {0}: what it enforces does not apply here", Long: "The patch removes or replaces one of Istio's own filters, or disables it on the route. What that filter enforces, AuthorizationPolicies or RequestAuthentications, does not apply to the requests that pass here.", Help: "remove the patch, or name another filter in it"},
	{Code: "ExtensionRemovesListener", Text: "removes the listener: the connection is passed through like one to an unknown destination", Since: "a patch removes the client's listener"},
	{Code: "ExtensionRemovesHost", Text: "removes the virtual host of {0}: the host counts as unknown", Since: "a patch removes the virtual host"},
	{Code: "ExtensionHost", Text: "its virtual host {0} matches the request"},
	{Code: "ExtensionRoute", Text: "its route matches the request"},
	{Code: "ExtensionCluster", Text: "sends it to the cluster {0}"},
	{Code: "ExtensionPlaintext", Text: "makes the proxy send plaintext to the destination", Since: "a patch makes the proxy send plaintext"},
	{Code: "ExtensionRefused", Text: "the proxy rejects this patch[: {0}]; it keeps its previous configuration, without everything newer that belongs to it", Long: "Envoy rejects a whole listener, route table or set of clusters for one bad patch and keeps the previous one. Policies and extensions that are younger than the patch do not apply on these pods; a pod that starts now has no such listener and does not become ready.", Help: "fix or remove the patch", Sources: "istiod's log and its metric pilot_total_xds_rejects name the refusal"},
	{Code: "ExtensionDropsOthers", Text: "is merged into a filter of another type: istiod gives up on the chain, and HTTP patches of other EnvoyFilters are lost with it", Long: "A patch with operation MERGE and a typed_config of another type than the filter's makes istiod fail while it patches the chain. It keeps what was patched before, so patches of other EnvoyFilters are silently missing.", Help: "name the filter in match.listener.filterChain.filter.subFilter, or fix the type"},
	{Code: "ExtensionMatchesNothing", Text: "matches nothing here: {0} is {1}, but this proxy has {2}", Long: "Ports and names in a match are those of Envoy's configuration. Inbound chains and gateways' listeners have the pod's port, outbound listeners and routes the Service's; gateways' routes have the port of the Gateway's server, inbound virtual hosts are named after the Service's port.", Help: "use the port or name that the proxy's configuration has"},
	{Code: "ExtensionUnfetched", Text: "if its module cannot be fetched, every request gets {0} {1}", Long: "The resources do not show whether the agent could fetch the module. If it could not, a filter that denies everything replaces it, unless failStrategy is FAIL_OPEN: its answer looks like that of an ALLOW policy that does not match.", Help: "look for the module's URL in the proxy's log"},
	{Code: "ExtensionOldName", Text: "refers to a filter by a name that does not exist since Istio 1.19, so it has no effect", Long: "Envoy's filters were renamed: envoy.http_connection_manager is envoy.filters.network.http_connection_manager, envoy.router is envoy.filters.http.router. Istio translated the old names up to 1.18.", Help: "use the current names"},
	{Code: "ExtensionOldType", Text: "has a type that Envoy's API does not have: istiod drops the patch", Long: "Types of Envoy's v2 API have been removed, and misspelt ones never existed. Without the validating webhook such a patch is accepted and then dropped; the object's other patches stay.", Help: "use the v3 type"},
	{Code: "ExtensionNoAnchor", Text: "refers to a filter that is not in the chain, so it has no effect", Long: "A patch is placed relative to a filter, and this proxy's chain has no filter of that name.", Help: "list the chain's filters with istioctl proxy-config listener, or use envoy.filters.http.router as the subFilter"},
	{Code: "ExtensionNoEffect", Text: "has no effect here: its operation or its value changes nothing", Long: "Some operations have no effect on some kinds of configuration (REPLACE of a route, REMOVE without a name), zero values are not merged (false over true, the first name of an enumeration), and a transport socket of another name is dropped when automatic mutual TLS applies.", Help: "use another operation, or set the value where false can be set"},
}

// extensionWhys tell why patches and policies have no part.
var extensionWhys = []Entry{
	{Code: "PatchForOtherVersion", Text: "is for proxies of another version"},
	{Code: "PatchForOtherMetadata", Text: "is for proxies with other metadata"},
	{Code: "PatchOfOldType", Text: "has a type that istiod does not know"},
	{Code: "PatchByOldName", Text: "refers to a filter by its old name"},
	{Code: "PatchOfNothing", Text: "patches something that proxies no longer read"},
	{Code: "PatchWithoutAnchor", Text: "refers to a filter that is not in the chain"},
	{Code: "PatchWithoutEffect", Text: "its operation has no effect here"},
	{Code: "PatchOfOtherType", Text: "is merged into a filter of another type"},
	{Code: "PatchElsewhere", Text: "matches another listener, chain, route or cluster"},
	{Code: "FilterRemoved", Text: "the filter that enforces it has been removed"},
	{Code: "ProxyRefuses", Text: "the proxy rejects it"},
}

// patchProblems are what is wrong with a patch that a proxy refuses.
var patchProblems = []Entry{
	{Code: "PatchBehindRouter", Text: "its filter comes after the one that ends the chain", Since: "its filter comes after the one that ends the chain", Help: "use INSERT_BEFORE with subFilter envoy.filters.http.router"},
	{Code: "PatchNoRouter", Text: "the chain has no router any more", Since: "the chain has no router any more", Help: "leave envoy.filters.http.router in the chain"},
	{Code: "PatchNoConfiguration", Text: "its filter has no typed_config", Since: "its filter has no typed_config", Help: "write the configuration under typed_config with its @type"},
	{Code: "PatchBadScript", Text: "its script does not compile, or its configuration contradicts itself", Since: "its script does not compile, or its configuration contradicts itself", Help: "fix the script"},
	{Code: "PatchBadField", Text: "it sets a field that the proxy does not accept together with what istiod sets", Since: "it sets a field that the proxy does not accept together with what istiod sets", Help: "leave the field out"},
	{Code: "PatchNeverComes", Text: "its filter waits for a configuration that nothing sends", Since: "its filter waits for a configuration that nothing sends", Help: "add it with applyTo EXTENSION_CONFIG"},
	{Code: "PatchTakenName", Text: "it adds a name or a domain that already exists", Since: "it adds a name or a domain that already exists", Help: "use another name, or merge into the existing one"},
}

// presumptions are what answers take for granted.
var presumptions = []Entry{
	{Code: "PresumesNoLoad", Text: "{0} does not answer[ {1}]", Long: "The extension answers only if too many requests arrive, or the proxy is overloaded. A single request is presumed.", Help: "read the limit in the resource; the proxy's log has the flag RL if it answered"},
	{Code: "PresumesSmallBody", Text: "the request's body is small enough for {0}[, which answers {1} to larger ones]", Long: "The extension rejects bodies above a size. The question has no body.", Help: "compare the size of the body with the limit in the resource"},
	{Code: "PresumesNothingDeleted", Text: "nothing that belonged to the listener has been deleted since the proxy rejected {0}", Long: "The proxy keeps the listener that it had when it rejected a patch. What that was is inferred from the ages of the objects; an object that has been deleted since is not visible.", Help: "compare with the proxy's own configuration: istioctl proxy-config listener"},
}
