package flow

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Declared is how a server's proxy knows a port of its pod: the first, that is the oldest, Service that sends to it fixes the protocol.
type Declared struct {
	Protocol mesh.Protocol
	By       mesh.Ref
	Others   []mesh.Ref // younger ones that send to it too, whose protocol does not count
	Endpoint string     // where the Sidecar's ingress sends it, if not to the pod's own address

	KeepsProtocol bool       // the application is spoken to in the HTTP version that arrives
	Hidden        []mesh.Gap // DestinationRules that may ask for that
}

// Assumption is what the PeerAuthentications of a namespace are taken to say where nobody could read them.
type Assumption struct{ Namespace, Workload precedence.Mode }

// Mode is the mode of the workload, or else that of its namespace.
func (a Assumption) Mode() precedence.PeerMode {
	if a.Workload != precedence.Unset {
		return precedence.PeerMode{Mode: a.Workload}
	}
	return precedence.PeerMode{Mode: a.Namespace}
}
