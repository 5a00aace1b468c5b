package legacy

import (
	"fmt"
)

// On roles.
const (
	deniesByDefault    = "What no ALLOW policy allows is refused, as before."
	notInForce         = "Here roles were not in force."
	onlyTried          = "It was only tried out (PERMISSIVE), so it is a dry run: take the annotation off to put it in force."
	rbacOff            = "RBAC was off, so it had no effect."
	secondConfig       = "It did not count beside the ClusterRbacConfig."
	experiment         = "1.4 did not read this kind, so it had no effect."
	roleWithoutBinding = "No ServiceRoleBinding names it, so it had no effect."
	bindingWithoutRef  = "1.4 took only roleRef, so it had no effect."
	configUnknown      = "If RBAC was off here, this refuses what was let in: without a ClusterRbacConfig in the files nobody can tell."
	mixedBindings      = "The ports of the Service differ in principalBinding. It is translated as the first HTTP port had it."
	destinationUser    = "There is no condition on the account of the destination today. The rule is left out: write a selector by hand."
)

func bindingWithoutRole(name string) string {
	return "ServiceRole " + name + " is not in the files. Without it the binding had no effect."
}

func noFullName(host string) string {
	return fmt.Sprintf("%q is not the full name of a Service, so it had no effect.", host)
}

func notInForceIn(ns string) string {
	return "Roles were not in force in namespace " + ns + ", so it had no effect."
}

func rootOnlyServices(ns string, known int) string {
	return fmt.Sprintf("A policy for all pods of %s would be for the whole mesh. Only its Services in the files are translated (%d); add others with -f.",
		ns, known)
}

func hostUnknown(host string) string {
	return "Service " + host + " is not in the files, so its pods are not known. Add it with -f."
}

func onlyServicesKnown(pattern string, found int) string {
	return fmt.Sprintf("Of the Services that %q fits only those in the files are translated (%d); add others with -f.", pattern, found)
}

func noHostThere(host, ns string) string {
	return fmt.Sprintf("%q is the full name of no Service of namespace %s, so it had no effect.", host, ns)
}

func otherNamespace(ns string) string {
	return "A role is for Services of its own namespace, " + ns + ", so the rule had no effect."
}

func labelPattern(label, value string) string {
	return fmt.Sprintf("A selector cannot ask for label %s like %q. What it allowed is left out.", label, value)
}

// On requests and callers.
const (
	pathQuery     = "1.4 compared paths with their query (/a?b). Today the query is left out, so an exact path or a suffix fits more."
	hostCase      = "1.4 told hosts apart by upper and lower case. Today case does not count."
	sourceUser    = "source.user counted on HTTP only. Today the caller is asked for on TCP ports too."
	firstAudience = "1.4 looked at the first audience of a token only. Today any of them will do."
	boundToPeer   = "The Policy does not say USE_ORIGIN, so request.auth.principal was the peer's name, not the token's."
	peerNotToken  = "Users, names and source.principal were the peer's name, with USE_ORIGIN too. If a token was meant, write requestPrincipals."
	noSuchLabels  = "No pods of the Services that the rule means can have these labels, so it had no effect."
	peerToken     = "The Policy took the peer's name from a token (peers.jwt). On TCP ports the caller is refused."
	notEverybody  = "It excludes everybody, so it fitted nobody."
)

func claimBlanks(name string) string {
	return fmt.Sprintf("1.4 split claim %s at its blanks. Today it takes spaceDelimitedClaims in the RequestAuthentication.", name)
}

func requestPrefix(value string) string {
	return fmt.Sprintf("1.4 compared %q with ISSUER/SUBJECT as one text. Today what is before its last slash has to be the whole issuer.", value)
}

func nestedClaim(key string) string {
	return fmt.Sprintf("1.4 took %s for the name of one claim, so it fitted nobody.", key)
}

func unknownProperty(key string) string {
	return fmt.Sprintf("1.4 did not know the property %s, so it fitted nobody.", key)
}

func unknownConstraint(key string) string {
	return fmt.Sprintf("1.4 did not know the constraint %s and passed over it.", key)
}

func pathTemplate(path string) string {
	return fmt.Sprintf("%q would be read as a template of paths today. What it was for is left out.", path)
}

func pathWithQuery(path string) string {
	return fmt.Sprintf("%q is a path with a query. Today paths are compared without. What it was for is left out.", path)
}

func foreignTrustDomain(name, trustDomain string) string {
	return fmt.Sprintf("%s is not of this mesh's trust domain, %s.", name, trustDomain)
}
