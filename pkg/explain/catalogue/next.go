package catalogue

import "slices"

// nextSteps are the sentences of what to do next.
var nextSteps = slices.Concat(steps, repairs)

// steps are the sentences of steps that change nothing.
var steps = []Entry{
	{Code: "NextPermission", Text: "ask whether you may read it; deploy/rbac.yaml has all that is needed", Long: "The answer depends on something that the API server did not let this user read."},
	{Code: "NextKeys", Text: "give the issuer's keys, or take the signature for granted with --assume jwt-valid", Long: "The token's signature can be checked against the issuer's key set only, and that was not there."},
	{Code: "NextSourceIP", Text: "tell the client's address", Long: "A rule compares the client's address, and that of a client outside of the mesh is not known by itself."},
	{Code: "NextMend", Text: "correct or remove {0} first: until then no change reaches these proxies", Long: "The proxy refuses the resource and keeps the configuration that it had before."},
	{Code: "NextNamed", Text: "{0} has a similar name; there it would be: {1}", Long: "No Service has the name that was asked for, and one has a name like it."},
	{Code: "NextWithout", Text: "confirmed: without {0} it would be {1}", Long: "The question was asked again without the resource, and the answer is another one. This proves the cause; it is no advice to remove the resource."},
	{Code: "NextOpens", Text: "; and so would other requests: {0}", Long: "What else would change without the resource."},
	{Code: "NextPods", Text: "look at the pods behind it, their labels and readiness", Long: "The Service or the subset selects no ready pod."},
	{Code: "NextEndpoints", Text: "compare the ports of the endpoints with what the containers listen on", Long: "The Service sends to a port on which no container listens."},
	{Code: "NextSecret", Text: "look whether the Secret is there, in the namespace of the gateway's pod", Long: "A gateway reads Secrets of its own pod's namespace only."},
	{Code: "NextReachNobody", Text: "also lets in: nobody else", Long: "The request was asked for, and compared, from every workload and for every path and method that the policies tell apart: the change lets in this request alone."},
	{Code: "NextReachOutside", Text: "lets in this request of every client outside, and no other", Long: "The request was asked for, and compared, for every path and method that the policies tell apart. Clients outside of the mesh cannot be told apart without a token or an address."},
	{Code: "NextReachSame", Text: "changes no other answer that was compared", Long: "No other request that was compared gets another answer by the change."},
	{Code: "NextReachChanges", Text: "also changes: {0}", Long: "Other requests whose answer the change changes, those that it lets in first."},
	{Code: "NextReachBounded", Text: "not all requests were compared", Long: "The mesh has more workloads, paths or destinations than are compared for one change."},
}

// repairs are the sentences of changes that mend a request. The last fact is what it gets then.
var repairs = []Entry{
	{Code: "NextSendToken", Text: "send a token of issuer {0} ({1}); with that it would be {2}", Long: "The policy lets in requests with a verified token only, and this one has none where the proxy looks for it. A policy that lets it in without a token would let in everybody."},
	{Code: "NextSendBare", Text: "send the token alone in header {0}, without Bearer before it; with that it would be {1}", Long: "The rule names the header without a prefix, so that the whole value is taken for the token."},
	{Code: "NextRulePrefix", Text: "let the rule expect \"Bearer \" before the token in header {0}: prefix at {1}; with that it would be {2}", Long: "The rule names the header without a prefix, so that the whole value is taken for the token."},
	{Code: "NextSendPrefix", Text: "write {1} and a blank before the token in header {0}; with that it would be {2}", Long: "The rule takes a token behind its prefix alone, and compares that character by character."},
	{Code: "NextOpenKeys", Text: "let istiod fetch the keys: PERMISSIVE for port {0} of {1} alone; a token with a good signature would get {2} then", Long: "istiod has no sidecar and fetches key sets in plaintext. PERMISSIVE lets in everybody who reaches the port, without an identity; a key set is public."},
	{Code: "NextIssuer", Text: "if that issuer is meant, write {0} at {1}; with that it would be {2}", Long: "The rule's issuer and the token's differ in the scheme, the port or a slash at the end. They are compared character by character."},
	{Code: "NextForwardToken", Text: "keep the token behind the gateway: forwardOriginalToken at {0}; with that it would be {1}", Long: "A proxy takes a token out of the request that it has verified, unless its rule says forwardOriginalToken. The next proxy then finds none."},
	{Code: "NextSendHeader", Text: "send header {0} with {1}; with that it would be {2}", Long: "The policy lets in requests with this header only."},
	{Code: "NextInject", Text: "give {0} a sidecar (kubectl label namespace {1} istio-injection=enabled, and restart it); with that it would be {2}", Long: "A client without a proxy sends plaintext and has no identity, so that no principal, namespace or service account matches it."},
	{Code: "NextUseService", Text: "call the Service {0} in place of the pod's address; with that it would be {1}", Long: "What goes to a pod's address is passed through as plaintext: the client's proxy knows Services, not pods."},
	{Code: "NextMutual", Text: "use the mesh's mutual TLS: ISTIO_MUTUAL at {0}; with that it would be {1}", Long: "The DestinationRule makes the client's sidecar send something else than mutual TLS, so that the server does not know who calls."},
	{Code: "NextEnableMTLS", Text: "take mutual TLS beside plaintext: PERMISSIVE at {0}; with that it would be {1}", Long: "DISABLE makes clients send plaintext even where they have a sidecar, so that the server does not know who calls."},
	{Code: "NextCapture", Text: "take the annotation {0} off {1} (in its workload's template); with that it would be {2}", Long: "The annotation leaves connections out of the redirection to the sidecar."},
	{Code: "NextPermissive", Text: "if the client cannot have a sidecar: PERMISSIVE for port {0} of {1} alone; with that it would be {2}", Long: "PERMISSIVE lets in everybody who reaches the port, without an identity. Set it for the one port, never for a namespace or the mesh, and use policies for the rest."},
	{Code: "NextExtendAllow", Text: "if the request is meant to pass, extend {0} ({1}); with that it would be {2}", Long: "The rule that comes nearest gets the values of this request."},
	{Code: "NextAllowExactly", Text: "if the request is meant to pass, add a rule for it to {0}; with that it would be {1}", Long: "A further rule lets in this source with this method and path. Rules are alternatives, so that the others stay as they are."},
	{Code: "NextAllowPreflight", Text: "let preflights of this path in: add a rule for OPTIONS to {0}; with that it would be {1}", Long: "Browsers ask by OPTIONS, without a token or cookies, whether they may send the request itself. Policies that ask for a token refuse that, and the browser then shows a CORS error."},
	{Code: "NextBindWaypoint", Text: "bind Service {0} to waypoint {1}, and to the Service the policy that asks for HTTP, and let the pods take connections from the waypoint alone; with that it would be {2}", Long: "ztunnel reads no HTTP, and leaves an ALLOW rule that asks for it out. A waypoint reads it: the Service gets the label istio.io/use-waypoint, the policy targetRefs, and a further policy keeps clients from going past the waypoint."},
	{Code: "NextAllowNew", Text: "if the request is meant to pass, add AuthorizationPolicy {0}; with that it would be {1}", Long: "The policies that apply allow nothing. ALLOW policies add up, so that a further one lets in this source with this method and path."},
	{Code: "NextExcludeRequest", Text: "if the request is meant to pass, take {2} by {1} out of {0}; with that it would be {3}", Long: "The DENY rule is split: one for all other sources, one for the other paths of this source, and one for the other methods of the path."},
	{Code: "NextExcludeSource", Text: "if the source is meant to pass, take {1} out of {0}; with that it would be {2}", Long: "The DENY rule gets the source under notPrincipals."},
	{Code: "NextExcludePort", Text: "keep {0} off port {1}, which is not read as HTTP; with that it would be {2}", Long: "On a port that is not read as HTTP a DENY rule is read without its fields of HTTP, and denies more than it says. notPorts, or ports with the HTTP ports, keeps it where it can be read whole."},
	{Code: "NextExcludePath", Text: "if the path is meant to be open, take {1} out of {0}; with that it would be {2}", Long: "The DENY rule gets the path under notPaths."},
	{Code: "NextPlaintext", Text: "send plaintext to port {1} of {0}, which speaks no TLS; with that it would be {2}", Long: "The DestinationRule starts TLS with a server that does not speak it. tls.mode DISABLE for the one port leaves the others as they are."},
	{Code: "NextClearRequest", Text: "call {0}: the proxy starts TLS by itself; with that it would be {1}", Long: "The DestinationRule originates TLS. A client that speaks TLS too has it wrapped twice."},
	{Code: "NextOneTLS", Text: "no TLS by {0} on port {1}, as the client speaks it already; with that it would be {2}", Long: "The DestinationRule originates TLS. A client that speaks TLS too has it wrapped twice."},
	{Code: "NextOriginationPort", Text: "targetPort 443 for port {1} of {0}; with that it would be {2}", Long: "TLS origination takes clear text on one port and speaks TLS on another one: the ServiceEntry's targetPort says which."},
	{Code: "NextDefineSubset", Text: "define subset {0} ({1}); with that it would be {2}", Long: "The DestinationRule that applies gets the subset, with a label that pods have."},
	{Code: "NextOtherSubset", Text: "send to subset {1} in {0}; with that it would be {2}", Long: "A subset with a similar name is defined."},
	{Code: "NextRelabelSubset", Text: "give subset {0} the labels that pods have ({1}); with that it would be {2}", Long: "No ready pod has the subset's labels."},
	{Code: "NextAddRoute", Text: "add a last route without match to {0}, to {1}; with that it would be {2}", Long: "No route of the VirtualService matches, and what none matches gets 404."},
	{Code: "NextDestination", Text: "name {1} at {0}; with that it would be {2}", Long: "The route names a host or a port that the proxy does not know."},
	{Code: "NextExport", Text: "export {0} to namespace {1}; with that it would be {2}", Long: "exportTo keeps the resource from the client's namespace."},
	{Code: "NextImport", Text: "import {0} in {1}; with that it would be {2}", Long: "The Sidecar keeps the host from the client's proxy."},
	{Code: "NextAddEntry", Text: "make {0} known by a ServiceEntry; with that it would be {1}", Long: "With REGISTRY_ONLY a proxy lets out requests to known hosts only."},
	{Code: "NextTargetPort", Text: "point {0} at port {1}, the only one that the container has; with that it would be {2}", Long: "The Service sends to a port on which nobody listens."},
	{Code: "NextNoRedirect", Text: "no httpsRedirect at {0}, if what stands before the gateway takes TLS off; with that it would be {1}", Long: "A load balancer that takes TLS off sends plain HTTP. The gateway redirects to https, which comes as plain HTTP again: a loop."},
	{Code: "NextGrant", Text: "let {0} refer to {1}: a ReferenceGrant in {2}; with that it would be {3}", Long: "A route may refer to a Service of another namespace only if a ReferenceGrant there says so."},
}
