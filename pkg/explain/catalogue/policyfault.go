package catalogue

// policyFaults are clauses of other sentences: what of a rule is lost on a port that is not read as HTTP, and policies without rules.
var policyFaults = []Entry{
	{Code: "AllowsNothing", Text: "{0} has no rules, so it allows nothing; every request needs a rule of another ALLOW policy", Long: "An ALLOW policy without rules matches no request. Where it selects a workload, only what other ALLOW policies of that workload match is allowed. In the root namespace it selects every workload of the mesh, gateways included.", Help: "add an ALLOW policy for this request, with a selector for this workload, beside the one without rules", Sources: "AuthorizationPolicy spec.rules"},
	{Code: "DenyOfBytes", Text: "without {0}, which only HTTP has, the rule denies every connection to port {1}, which is not read as HTTP", Long: "On a port that is not read as HTTP a DENY rule is read without its fields of HTTP. One that has no others denies everything there.", Help: "name the ports in the rule that are HTTP (ports), or declare this one as HTTP", Sources: "AuthorizationPolicy to[].operation; Service spec.ports[].name, appProtocol"},
	{Code: "AllowOfBytes", Text: "{0} is a field of HTTP, and on port {1}, which is not read as HTTP, such a rule allows nothing", Long: "On a port that is not read as HTTP an ALLOW rule with a field of HTTP is left out as a whole.", Help: "add a rule of identities, addresses and ports for the port, or declare it as HTTP", Sources: "AuthorizationPolicy to[].operation; Service spec.ports[].name, appProtocol"},
}
