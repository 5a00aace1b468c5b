package catalogue

// policyFaults are clauses of other sentences: what of a rule is lost on a port that is not read as HTTP.
var policyFaults = []Entry{
	{Code: "DenyOfBytes", Text: "without {0}, which only HTTP has, the rule denies every connection to port {1}, which is not read as HTTP", Long: "On a port that is not read as HTTP a DENY rule is read without its fields of HTTP. One that has no others denies everything there.", Help: "name the ports in the rule that are HTTP (ports), or declare this one as HTTP", Sources: "AuthorizationPolicy to[].operation; Service spec.ports[].name, appProtocol"},
	{Code: "AllowOfBytes", Text: "{0} is a field of HTTP, and on port {1}, which is not read as HTTP, such a rule allows nothing", Long: "On a port that is not read as HTTP an ALLOW rule with a field of HTTP is left out as a whole.", Help: "add a rule of identities, addresses and ports for the port, or declare it as HTTP", Sources: "AuthorizationPolicy to[].operation; Service spec.ports[].name, appProtocol"},
}
