package legacy

import (
	"fmt"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// The sentences of the comments. None of them says what a resource does today, only what was otherwise before, or what to do.

// What holds for all.
const (
	podsNotServices = "An old object belonged to the ports of a Service. Today's belong to pods, and act on their other ports too."
	clientsUseMTLS  = "A client spoke mTLS only if a DestinationRule said so. Today it does by itself; an old DestinationRule with tls still decides."
	noMeshPolicy    = "There is no MeshPolicy here. Without one, and without a Policy, 1.4 took plaintext only; today both are taken."
	autoPorts       = "A port without a protocol in its name was TCP to the server. Today it is HTTP for requests that look like HTTP."
	noRbacConfig    = "There is no ClusterRbacConfig here. Without one roles had no effect; today's policies act as soon as they are applied."
)

// On mTLS.
const (
	allowTLSIgnored         = "allowTls had no effect in 1.4."
	peerIsOptionalIgnored   = "peerIsOptional did not open the port for plaintext in 1.4. For that use PERMISSIVE, and ask for principals where they are needed."
	rootHasNoPeerLevel      = "Without a selector a PeerAuthentication of the root namespace is the mesh's. This namespace cannot have a mode of its own."
	gatewayPeers            = "On a gateway peers had no effect; TLS there is the Gateway's."
	olderPolicy             = "An older Policy is for its ports, so it had no effect."
	rootSelectorIneffective = "With a selector a PeerAuthentication of the root namespace has no effect."
)

func noPeers(p mesh.Ref) string {
	return p.String() + " names no mtls, so 1.4 took plaintext only. If that was not meant, take this resource out."
}

func portsUnknown(services string) string {
	return "The numbers of its ports in the pods of Service " + services + " are not known. Add the pods to the files."
}

func namedPortUnknown(p port, mode string) string {
	return fmt.Sprintf("Port %s of Service %s was %s, but its number in the pods is not known. Add the pods to the files.",
		portName(p), p.service.Name, mode)
}

func sharedPort(first, second string) string {
	return fmt.Sprintf("Services %s and %s send to one port of the pods. The policy for %s counts there.", first, second, first)
}

func sameAge(a, b mesh.Ref) string {
	return fmt.Sprintf("%s and %s both fit. The older one counted; the files do not say which it is, so %s was taken by its name.", b, a, b)
}

// On what a selector reaches.
const rootSelectorReaches = "In the root namespace this reaches pods with these labels in every namespace."

func overlap(services []string) string {
	return "It also reaches pods of other Services with these labels: " + strings.Join(services, ", ") + "."
}

func samePods(service string) string {
	return "Service " + service + " has the same pods, so this is for it too."
}

func serviceUnknown(service, namespace string) string {
	return fmt.Sprintf("Service %s/%s is not in the files, so its pods are not known. Add it with -f.", namespace, service)
}

func serviceWithoutSelector(service string) string {
	return "Service " + service + " has no selector, so no pods can be named."
}

func noSuchPort(service string) string {
	return "Service " + service + " has no such port, so it had no effect."
}

func portName(p port) string {
	if p.spec.Name == "" {
		return fmt.Sprint(p.spec.Port)
	}
	return p.spec.Name
}
