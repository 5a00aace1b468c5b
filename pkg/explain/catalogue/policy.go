package catalogue

// policyReasons are the reasons of identity and policy.
var policyReasons = []Entry{
	{Code: "TokenRefused", Text: "{0}[ ({1})][: {2}]", Long: "A RequestAuthentication finds a token in the request and refuses it: 401 with the words of the check as body (403 for a wrong audience) and jwt_authn_access_denied in the log. A request without any token passes this filter; only an AuthorizationPolicy with requestPrincipals can require one.", Help: "compare issuer, audiences, time and key of the token with the rule", Sources: "RequestAuthentication spec.jwtRules"},
	{Code: "RBACDenyMatched", Text: "a DENY rule matches[: {0}]", Long: "A DENY policy that selects the workload matches the request. DENY goes before ALLOW, and one match is enough, whatever else allows it: 403 \"RBAC: access denied\" with the policy and the rule in the log; on a TCP port the connection is closed.", Help: "change the rule if the request is meant to pass", Sources: "AuthorizationPolicy spec.action DENY"},
	{Code: "MatchUnknown", Text: "whether it matches is not known: {0}", Long: "The rule or the route asks for something of the request that is not known: the client's address, the claims of a token, or a header that an extension may have written."},
	{Code: "NoAllowRead", Text: "no ALLOW rule that could be read matches[: {0}]", Long: "ALLOW policies were not read that may allow the request."},
	{Code: "RBACNoAllowMatched", Text: "no ALLOW rule matches[: {0}]", Long: "At least one ALLOW policy selects the workload, so everything that none of them matches is denied: 403 \"RBAC: access denied\" with matched_policy[none] in the log; on a TCP port the connection is closed. The cause is an absence: each of the ALLOW policies could have let the request through.", Help: "extend the rule that comes nearest, or add one", Sources: "AuthorizationPolicy spec.action ALLOW"},
	{Code: "CustomBroken", Text: "the provider of a CUSTOM policy cannot be used[: {0}]", Long: "A CUSTOM policy names a provider that the mesh config lacks, defines twice, or defines in a way that istiod refuses; or CUSTOM policies with different providers meet in one workload. Requests that its rules match are denied with 403.", Help: "correct extensionProviders in the mesh config, or the policy's provider name", Sources: "MeshConfig extensionProviders; AuthorizationPolicy spec.provider"},
	{Code: "ProviderUnnamed", Text: "the policy names none", Long: "A CUSTOM policy without spec.provider.name has no authorizer to ask. istiod denies what the rules match.", Help: "name the provider in spec.provider.name"},
	{Code: "ProviderMissing", Text: "extensionProviders of the mesh config has no {0}[; it has {1}]", Long: "A CUSTOM policy names its provider, and the mesh config has none of that name. istiod denies what the rules match.", Help: "define the provider in meshConfig.extensionProviders, or name one that is there: kubectl get configmap istio -n istio-system -o yaml"},
	{Code: "ProviderTwice", Text: "extensionProviders of the mesh config has {0} twice", Long: "istiod uses neither of two providers of one name.", Help: "give one of them another name"},
	{Code: "ProviderKind", Text: "extensionProvider {0} is no external authorizer", Long: "Only envoyExtAuthzHttp and envoyExtAuthzGrpc decide about requests; other providers trace or log.", Help: "name a provider of the kind envoyExtAuthzHttp or envoyExtAuthzGrpc"},
	{Code: "ProviderField", Text: "istiod refuses {0} of extensionProvider {1}", Long: "The value is out of range, or of a form that istiod does not take; the whole provider is not used then.", Help: "correct the field in the mesh config"},
	{Code: "ProviderService", Text: "extensionProvider {0} sends its checks to {1}, and there is no such Service or ServiceEntry, or several namespaces have it", Long: "istiod looks for the service's host name in its registry. Where it finds none, or finds it in several namespaces and the field names none, the provider is not used.", Help: "write the full name, as in ext-authz.foo.svc.cluster.local, or NAMESPACE/HOST"},
	{Code: "ProvidersDiffer", Text: "CUSTOM policies of this workload name different providers ({0}), and one proxy asks only one", Long: "Unless istiod's PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS is true (1.30 and later), the CUSTOM policies of a workload have to name the same provider. Otherwise all that their rules match is denied.", Help: "let all CUSTOM policies of the workload name one provider"},
	{Code: "ProviderOfDryRun", Text: "the policy is a dry run, and what its rules match is denied all the same", Long: "istiod installs the rules of a CUSTOM policy with the annotation istio.io/dry-run as rules that deny.", Help: "take the annotation away, or delete the policy"},
	{Code: "CustomDenied", Text: "the check of provider {0} ends in a refusal", Long: "The call to the external authorizer is answered by the mesh itself with a refusal, which is handed on.", Help: "look at what the authorizer is called with: its service, path and headers in the mesh config", Sources: "AuthorizationPolicy spec.action CUSTOM"},
	{Code: "CustomFailed", Text: "provider {0} cannot be asked[: {1}]", Long: "The external authorizer cannot be reached, so that requests are refused with 403 (or statusOnError) and the flag UAEX, unless failOpen is set.", Help: "look at the authorizer's Service, its endpoints and TLS", Sources: "MeshConfig extensionProviders"},
	{Code: "CustomOpaque", Text: "provider[ {0}] decides", Long: "An external authorizer decides about the request. Its own answer cannot be known from the resources.", Help: "ask the authorizer's log", Sources: "AuthorizationPolicy spec.action CUSTOM"},
	{Code: "BodyTooLarge", Text: "the body is larger than the authorizer takes", Long: "includeRequestBodyInCheck without allowPartialMessage refuses larger bodies with 413.", Help: "raise maxRequestBytes, or set allowPartialMessage", Sources: "MeshConfig extensionProviders"},
}

// unknownReasons are the reasons for not knowing.
var unknownReasons = []Entry{
	{Code: "Unmodelled", Text: "not modelled: it could change the answer", Long: "Something takes part that this tool does not model: an EnvoyFilter or a plugin that touches the request, or ambient mode. The prediction goes on without it, and is not settled.", Help: "try it on the mesh, or read what the extension does"},
	{Code: "Frozen", Text: "the proxy refuses this and keeps its last configuration", Long: "Envoy refuses a whole listener (or table of routes) for one bad part of it and keeps the one that it had. Until the part is corrected or removed, no later change reaches these pods: a new DENY has no effect. Today's answer depends on what was there before and cannot be read from the resources; shown is the answer once it is mended.", Help: "correct or remove the resource first", Sources: "istiod: pilot_total_xds_rejects; istioctl proxy-status"},
	{Code: "Unread", Text: "[{0} ]could not be read", Long: "A kind or a namespace could not be read, and an object there could change the answer.", Help: "ask for the permission that the gap names"},
}

// policyNotes tell how filters let a request pass.
var policyNotes = []Entry{
	{Code: "TokenVerified", Text: "the token is good[: {0}][, {1}]", Long: "A token was found and verified; policies can compare its claims."},
	{Code: "TokenAbsent", Text: "no token[ in {0}][: {1}]; absent is allowed", Long: "RequestAuthentication refuses bad tokens only. Without a token the request passes this filter without a request principal."},
	{Code: "TokenUnverified", Text: "the signature was not checked: the keys are not here ({0})", Long: "The rule's keys would have to be fetched (jwksUri). Without them the signature is taken for good, and the answer is settled only where a bad one would make no difference.", Help: "give the keys with --jwks FILE, or assume with --assume jwt-valid"},
	{Code: "PreflightSkipsToken", Text: "a CORS preflight is let through without a token", Long: "Envoy does not look for tokens in preflight requests."},
	{Code: "AllowMatched", Text: "an ALLOW rule matches[: {0}]", Long: "One matching ALLOW rule is enough."},
	{Code: "NoAllowPolicy", Text: "no ALLOW policy selects the workload: everything is allowed", Long: "Without any ALLOW policy on a workload, what is not denied is allowed."},
	{Code: "DenyUnmatched", Text: "no DENY rule matches", Long: "DENY policies select the workload, but none matches."},
	{Code: "NoDenyPolicy", Text: "no DENY policy selects the workload"},
	{Code: "AuditOnly", Text: "AUDIT marks requests for a log, and lets them pass"},
	{Code: "CustomAsked", Text: "provider {0} is asked, and decides", Long: "The rules of a CUSTOM policy match, so an external authorizer is asked."},
	{Code: "PathNormalized", Text: "the path {0} is read as {1}", Long: "The proxy normalises paths before routes and policies compare them, as pathNormalization in the mesh config says; the default is BASE."},
}
