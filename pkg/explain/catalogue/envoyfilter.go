package catalogue

// envoyFilterWhys tell why a patch of an EnvoyFilter has no effect.
var envoyFilterWhys = []Entry{
	{Code: "OtherVersion", Text: "its match.proxy.proxyVersion does not fit the proxy's release"},
	{Code: "OtherMetadata", Text: "its match.proxy.metadata does not fit the proxy"},
	{Code: "OldType", Text: "istiod cannot build its value: the type is of an API that is gone, or of none"},
	{Code: "OldName", Text: "it names a filter by a name that none has had since Istio 1.19"},
	{Code: "NoPatch", Text: "it has no patch, or nothing that the patch is applied to"},
	{Code: "NoAnchor", Text: "the filter or route that it names is not there"},
	{Code: "NoOperation", Text: "its operation does nothing for this kind of configuration"},
}
