package flow

import (
	corev1 "k8s.io/api/core/v1"
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
