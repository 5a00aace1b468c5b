package catalogue

// nextSteps are the sentences of what to do next.
var nextSteps = []Entry{
	{Code: "NextPermission", Text: "ask whether you may read it; deploy/rbac.yaml has all that is needed"},
	{Code: "NextKeys", Text: "give the issuer's keys, or take the signature for granted with --assume jwt-valid"},
	{Code: "NextSourceIP", Text: "tell the client's address"},
	{Code: "NextMend", Text: "correct or remove {0} first: until then no change reaches these proxies"},
	{Code: "NextNamed", Text: "{0} has a similar name; there it would be: {1}"},
	{Code: "NextWithout", Text: "without {0} it would be: {1}"},
	{Code: "NextExtendAllow", Text: "if the request is meant to pass, extend {0}; with that it would be: {1}"},
	{Code: "NextPermissive", Text: "give the client a sidecar; until then PERMISSIVE for {0} alone lets it in; with that it would be: {1}"},
	{Code: "NextPlaintext", Text: "send plaintext to {0}, which has no sidecar; with that it would be: {1}"},
	{Code: "NextDefineSubset", Text: "define subset {0}; with that it would be: {1}"},
	{Code: "NextAddRoute", Text: "add a last route without match to {0}; with that it would be: {1}"},
	{Code: "NextImport", Text: "import {0} in {1}; with that it would be: {2}"},
	{Code: "NextAddEntry", Text: "make {0} known; with that it would be: {1}"},
	{Code: "NextTargetPort", Text: "point {0} at port {1}, the only one that the container has; with that it would be: {2}"},
	{Code: "NextPods", Text: "look at the pods behind it, their labels and readiness"},
	{Code: "NextEndpoints", Text: "compare the ports of the endpoints with what the containers listen on"},
	{Code: "NextSecret", Text: "look whether the Secret is there, in the namespace of the gateway's pod"},
}
