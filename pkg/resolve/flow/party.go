package flow

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
)

// Place is where a request goes next: a key of the pipelines. A package with the stages of a new place may declare it itself.
type Place string

// The places.
const (
	Nowhere         Place = ""
	ToClientSidecar Place = "clientSidecar"
	ToServerSidecar Place = "serverSidecar"
	ToGateway       Place = "gateway"
	ToClientZtunnel Place = "clientZtunnel"
	ToServerZtunnel Place = "serverZtunnel"
	ToWaypoint      Place = "waypoint"
	ToApplication   Place = "application"
	ToAgent         Place = "agent" // a port that the pod's own proxy answers on
	ToUnmodelled    Place = "unmodelled"
)

// PlaceOf is where a request goes that is sent to a port of a pod: to whoever takes the pod's connections. Nil stands for a party outside of the cluster.
func PlaceOf(pod *corev1.Pod, port int) Place {
	role, captured := mesh.RoleOf(pod), capture.StateOf(pod) != capture.NotCaptured
	switch {
	case role == mesh.SidecarProxy:
		return ToServerSidecar
	case !captured && agent.PortOf(pod, port).Answers():
		return ToAgent
	case role == mesh.GatewayProxy && !captured:
		return ToGateway
	case role != mesh.NoProxy:
		return ToUnmodelled // a gateway behind a ztunnel, or a waypoint that is dialled for itself
	case captured:
		return ToServerZtunnel
	}
	return ToApplication
}

// PartyOf names a pod.
func PartyOf(p *corev1.Pod, role Role) Party {
	if p == nil {
		return Party{Role: role}
	}
	return Party{p.Namespace, p.Name, role}
}

// Role is what a party on the way does in it.
type Role string

// The roles, as the JSON contract spells them; Caller and Application are parties without a proxy.
const (
	Caller         Role = "caller"
	ClientSidecar  Role = "clientSidecar"
	ServerSidecar  Role = "serverSidecar"
	IngressGateway Role = "ingressGateway"
	EgressGateway  Role = "egressGateway"
	Waypoint       Role = "waypoint"
	Ztunnel        Role = "ztunnel"
	Application    Role = "application"
)

// Party is somebody on the way: a pod, or an address outside.
type Party struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Role      Role   `json:"role,omitempty"`
}
