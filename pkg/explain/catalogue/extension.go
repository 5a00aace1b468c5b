package catalogue

import "slices"

// extensions are the entries of EnvoyFilters, WasmPlugins and TrafficExtensions.
var extensions = slices.Concat(extensionReasons, extensionNotes, extensionWhys, patchProblems, presumptions)

// extensionReasons are why requests do not reach the application for what an extension puts into a proxy.
var extensionReasons = []Entry{
	{Code: "ExtensionAnswers", Text: "its filter answers every such request", Since: "a filter of an extension answers", Long: "An EnvoyFilter, a WasmPlugin or a TrafficExtension has put a filter into this proxy that answers requests of this kind itself. It follows from the resource and the request; the proxy's log has the filter's own response code details.", Help: "change or remove the extension, or narrow its match", Sources: "EnvoyFilter spec.configPatches; TrafficExtension spec; Envoy's reference of its HTTP filters"},
	{Code: "ExtensionMayAnswer", Text: "its filter answers some requests: which ones, the resources do not show", Long: "An extension has put a filter into this proxy that answers requests on a condition in its code, in a service that it asks, or in the load of the moment. Without it the request gets what stands first in the verdict.", Help: "read the extension's code or configuration, or try the request on the mesh", Sources: "EnvoyFilter spec.configPatches; TrafficExtension spec"},
	{Code: "ProxyProtocolWanted", Text: "the listener wants the PROXY protocol, which this client does not speak", Since: "the listener wants the PROXY protocol", Long: "An EnvoyFilter adds the listener filter of the PROXY protocol. It closes every connection that does not begin with that protocol's header; load balancers send it where they are told to, sidecars and programs do not.", Help: "set allow_requests_without_proxy_protocol in the filter, or have the load balancer send the header", Sources: "envoy.filters.listener.proxy_protocol"},
	{Code: "ListenerRemoved", Text: "takes away what would take the connection", Since: "a patch takes away what would take the connection", Long: "An EnvoyFilter removes the listener, the filter chain, or the filter at its end. Nothing takes the connection then: it is refused, or closed during the handshake.", Help: "remove the patch", Sources: "EnvoyFilter spec.configPatches with operation REMOVE"},
	{Code: "ClusterRemoved", Text: "the proxy has no cluster {0}", Since: "a patch takes the cluster away", Long: "An EnvoyFilter removes or renames the cluster that the route names, or sends the request to one that does not exist. The proxy answers 503 (NC, cluster_not_found).", Help: "remove the patch, or name a cluster that exists", Sources: "EnvoyFilter spec.configPatches with applyTo CLUSTER"},
}

// extensionNotes tell how requests pass extensions.
var extensionNotes = []Entry{
	{Code: "ExtensionsAttached", Text: "attached to this proxy: {0}", Long: "EnvoyFilters, WasmPlugins and TrafficExtensions that select this workload. One that bears on the request has a row where it does so; the others change no answer."},
	{Code: "ExtensionHeaders", Text: "changes headers of the request", Since: "an extension changes headers of the request"},
	{Code: "ExtensionRewrites", Text: "sets {0} to {1}", Since: "an extension rewrites the request"},
	{Code: "ExtensionMayAnswerUnderLoad", Text: "passes unless it answers[ {0}]"},
	{Code: "ExtensionRemoves", Text: "its filter is not there: an extension took it out", Since: "an extension took the filter out"},
	{Code: "ExtensionRemovesPolicy", Text: "takes the filter {0} out: what it enforces is not in force here", Long: "The patch removes or replaces one of Istio's own filters, or has the route switch it off. What that filter enforces, AuthorizationPolicies or RequestAuthentications, is not in force for the requests that pass here.", Help: "remove the patch, or name another filter in it"},
	{Code: "ExtensionRemovesListener", Text: "takes the listener away: the connection is sent on as that of an unknown destination", Since: "a patch takes the client's listener away"},
	{Code: "ExtensionRemovesHost", Text: "takes the virtual host of {0} away: the host counts as unknown", Since: "a patch takes the virtual host away"},
	{Code: "ExtensionHost", Text: "its virtual host {0} takes the request"},
	{Code: "ExtensionRoute", Text: "its route takes the request"},
	{Code: "ExtensionCluster", Text: "sends it to the cluster {0}"},
	{Code: "ExtensionPlaintext", Text: "has the destination spoken to in plaintext", Since: "a patch has the destination spoken to in plaintext"},
	{Code: "ExtensionRefused", Text: "the proxy refuses this patch[: {0}]; it keeps what it had, and nothing that came later and belongs to it is in force", Long: "Envoy refuses a whole listener, table of routes or set of clusters for one bad patch and keeps the one that it had. Policies and extensions that are younger than the patch are not in force on these pods; a pod that starts now has no such listener and does not get ready.", Help: "correct or remove the patch", Sources: "istiod's log and its metric pilot_total_xds_rejects name the refusal"},
	{Code: "ExtensionDropsOthers", Text: "is merged into a filter of another type: istiod gives up on the chain, and HTTP patches of other EnvoyFilters are lost with it", Long: "A patch with operation MERGE and a typed_config of another type than the filter's makes istiod fail while it patches the chain. It keeps what was patched before, so that patches of other EnvoyFilters are missing without a word.", Help: "name the filter in match.listener.filterChain.filter.subFilter, or correct the type"},
	{Code: "ExtensionMatchesNothing", Text: "matches nothing here: {0} is {1}, and this proxy goes by {2}", Long: "Ports and names in a match are those of Envoy's configuration. Inbound chains and gateways' listeners have the pod's port, outbound listeners and routes the Service's; gateways' routes have the port of the Gateway's server, inbound virtual hosts are named by the Service's port.", Help: "use the port or name that the proxy's configuration has"},
	{Code: "ExtensionUnfetched", Text: "if its module cannot be fetched, every request gets {0} {1}", Long: "Whether the agent could fetch the module is not in the resources. Where it could not, a filter that denies everything stands in for it, unless failStrategy is FAIL_OPEN: its answer looks like that of an ALLOW policy that does not match.", Help: "look for the module's URL in the proxy's log"},
	{Code: "ExtensionOldName", Text: "looks for a filter by a name that none has since Istio 1.19: it does nothing", Long: "Envoy's filters were renamed: envoy.http_connection_manager is envoy.filters.network.http_connection_manager, envoy.router is envoy.filters.http.router. Istio translated the old names up to 1.18.", Help: "use the present names"},
	{Code: "ExtensionOldType", Text: "names a type that Envoy's API does not have: istiod leaves the patch out", Long: "Types of version 2 of Envoy's API are gone, and misspelt ones never were there. Without the validating webhook such a patch is accepted and left out; the object's other patches stay.", Help: "use the type of version 3"},
	{Code: "ExtensionNoAnchor", Text: "names a filter that is not in the chain: it does nothing", Help: "see the chain's filters with istioctl proxy-config listener, or anchor at envoy.filters.http.router"},
	{Code: "ExtensionNoEffect", Text: "does nothing: its operation or its value has no effect here", Long: "Some operations do nothing for some kinds of configuration (REPLACE of a route, REMOVE without a name), values that are zero are not merged (false over true, the first name of an enumeration), and a transport socket of another name is dropped beside automatic mutual TLS.", Help: "use another operation, or set the value where it can be set to false"},
}

// extensionWhys tell why patches and policies have no part.
var extensionWhys = []Entry{
	{Code: "PatchForOtherVersion", Text: "is for proxies of another version"},
	{Code: "PatchForOtherMetadata", Text: "is for proxies with other metadata"},
	{Code: "PatchOfOldType", Text: "has a type that istiod does not know"},
	{Code: "PatchByOldName", Text: "looks for a filter by its old name"},
	{Code: "PatchOfNothing", Text: "patches nothing that a proxy still takes from it"},
	{Code: "PatchWithoutAnchor", Text: "names a filter that is not in the chain"},
	{Code: "PatchWithoutEffect", Text: "its operation does nothing here"},
	{Code: "PatchOfOtherType", Text: "is merged into a filter of another type"},
	{Code: "PatchElsewhere", Text: "matches another listener, chain, route or cluster"},
	{Code: "FilterRemoved", Text: "the filter that enforces it is not there"},
	{Code: "ProxyRefuses", Text: "the proxy refuses it"},
}

// patchProblems are what is wrong with a patch that a proxy refuses.
var patchProblems = []Entry{
	{Code: "PatchBehindRouter", Text: "its filter stands behind the one that ends the chain", Since: "its filter stands behind the one that ends the chain", Help: "use INSERT_BEFORE with subFilter envoy.filters.http.router"},
	{Code: "PatchNoRouter", Text: "the chain has no router any more", Since: "the chain has no router any more", Help: "leave envoy.filters.http.router in the chain"},
	{Code: "PatchNoConfiguration", Text: "its filter has no typed_config", Since: "its filter has no typed_config", Help: "write the configuration under typed_config with its @type"},
	{Code: "PatchBadScript", Text: "its script does not compile, or its configuration contradicts itself", Since: "its script does not compile, or its configuration contradicts itself", Help: "correct the script"},
	{Code: "PatchBadField", Text: "it sets a field that the proxy does not take beside what istiod writes", Since: "it sets a field that the proxy does not take beside what istiod writes", Help: "leave the field out"},
	{Code: "PatchNeverComes", Text: "its filter waits for a configuration that nothing sends", Since: "its filter waits for a configuration that nothing sends", Help: "add it with applyTo EXTENSION_CONFIG"},
	{Code: "PatchTakenName", Text: "it adds a name or a domain that is there already", Since: "it adds a name or a domain that is there already", Help: "use another name, or merge into what is there"},
}

// presumptions are what answers take for granted.
var presumptions = []Entry{
	{Code: "PresumesNoLoad", Text: "{0} does not answer[ {1}]", Long: "The extension answers only where too many requests come, or the proxy is short of strength. One request at a time is presumed.", Help: "read the limit in the resource; the proxy's log has the flag RL where it answered"},
	{Code: "PresumesSmallBody", Text: "the request's body is small enough for {0}[, which answers {1} to larger ones]", Long: "The extension refuses bodies above a size. The question has no body.", Help: "compare the size of the body with the limit in the resource"},
	{Code: "PresumesNothingDeleted", Text: "nothing that belonged to the listener was deleted since the proxy refused {0}", Long: "The proxy keeps the listener that it had when it refused a patch. What that was is told from the ages of the objects; one that was deleted since nobody can see.", Help: "compare with the proxy's own configuration: istioctl proxy-config listener"},
}
