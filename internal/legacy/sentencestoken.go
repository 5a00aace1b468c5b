package legacy

import (
	"fmt"
)

// On tokens.
const (
	tokenBesideTLS      = "A token in peers beside mtls refused nothing, so it is left out. But a caller was known by it, if it came first."
	bothKeys            = "1.4 used jwks where jwksUri was there too; only one of them may be written today."
	exchangedToken      = "1.4 took the claims of a token in ingress-authorization from its claim original_claims. Nothing does that today."
	badTokenEverywhere  = "1.4 looked at the token only on the paths of triggerRules. Today a bad token is refused (401) on every path."
	badTokenOptional    = "With originIsOptional (or peerIsOptional) 1.4 let a bad token pass. Today it is refused (401)."
	badTokenOtherPorts  = "1.4 looked at the token only on the ports of the target. Today a bad token is refused (401) on the other ports too."
	severalIssuers      = "One valid token was enough for 1.4. Today a request with a valid and a bad token can be refused."
	missingToken        = "Without a token 1.4 answered 401. Today it is 403."
	tokenWithoutSubject = "1.4 took a valid token without the claim sub. Today it is refused (403)."
	threeRules          = "Each rule is there three times, because 1.4 let CORS preflights pass without a token."
	tcpExempt           = "1.4 did not look at TCP ports, nor at ports without a protocol in their name. The notPorts are those."
	originsMissing      = "USE_ORIGIN without origins refused every request."
	reachesTargeted     = "It also reaches the Services with a Policy of their own. No Service of the namespace is in the files; add them with -f."
	onlyKnownServices   = "Services that are not in the files get no check of tokens. Add them with -f."
	rootNeedsServices   = "Without a selector it would be the mesh's, and no Service that it is for is in the files. Add them with -f."
)

func reachesNamespace(ns string) string {
	return fmt.Sprintf("It also reaches namespace %s, where a Policy replaced the MeshPolicy.", ns)
}

func issuerRefused(issuer string) string {
	return "The trigger rules cannot be told apart by paths. Tokens of " + issuer + " are refused where another issuer's are asked for."
}

func noPattern(m stringMatch, effect string) string {
	for _, v := range []*string{m.Exact, m.Prefix, m.Suffix, m.Regex} {
		if v != nil {
			return fmt.Sprintf("%q cannot be written as a path of today. The token %s.", *v, effect)
		}
	}
	return ""
}

func tokenPortUnknown(p port) string {
	return fmt.Sprintf("The number of port %s of Service %s in the pods is not known, so a token is asked for on all ports. Add the pods to the files.",
		portName(p), p.service.Name)
}

func tcpPortUnknown(p port) string {
	return fmt.Sprintf("Port %s of Service %s is no HTTP port and is closed by this: its number in the pods is not known. Add the pods to the files.",
		portName(p), p.service.Name)
}

func tcpPortShared(port int) string {
	return fmt.Sprintf("Port %d is HTTP in some pods and something else in others. On the latter every connection is refused.", port)
}

func gatewayPorts(service string) string {
	return "On gateway " + service + " it refuses every connection to a server that does not speak HTTP (TCP, TLS passthrough)."
}
