// Package agent tells on which ports a pod's proxy, and the agent that runs it, answer by themselves, and which probes kubelet sends to a pod.
package agent

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Port is a port on which a pod's own proxy, or the agent that runs it, listens by itself, whatever any resource of the mesh says.
type Port int

// The ports. Health, Stats and Admin are Envoy's (tools/packaging/common/envoy_bootstrap.json), Debug and DNS the agent's
// (pkg/istio-agent), Outbound and Inbound those that the redirection sends connections to.
const (
	None     Port = 0
	Status   Port = 15020 // the agent; statusPort names another
	Health   Port = 15021
	Stats    Port = 15090
	Admin    Port = 15000
	Outbound Port = 15001
	Debug    Port = 15004
	Inbound  Port = 15006
	DNS      Port = 15053
)

// Local reports whether the port is open on the loopback address alone.
func (p Port) Local() bool { return p == Admin || p == Debug || p == DNS }

// Answers reports whether the port answers other pods.
func (p Port) Answers() bool { return p == Status || p == Health || p == Stats }

// Everywhere reports whether every proxy has a listener of its own for the port on all addresses, which takes what its pod sends there too.
func Everywhere(port int) bool { return Port(port) == Health || Port(port) == Stats }

// PortOf tells which of its proxy's own ports a port of the pod is. A gateway and a waypoint have none to redirect connections to, and no
// DNS.
func PortOf(pod *corev1.Pod, port int) Port {
	role := mesh.RoleOf(pod)
	p := Port(port)
	switch {
	case role == mesh.NoProxy:
		return None
	case port == mesh.AgentPort(pod):
		return Status
	case p == Health, p == Stats, p == Admin, p == Debug:
		return p
	case role == mesh.SidecarProxy && (p == Outbound || p == Inbound || p == DNS):
		return p
	}
	return None
}
