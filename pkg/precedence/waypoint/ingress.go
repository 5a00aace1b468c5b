package waypoint

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// IngressLabel has gateways send what goes to a host through its waypoint.
const IngressLabel = "istio.io/ingress-use-waypoint"

// ingressRouting is the flag of istiod without which the label has no effect.
const ingressRouting = "ENABLE_INGRESS_WAYPOINT_ROUTING"

// Ingress reports whether gateways send what goes to a host through its waypoint, as an ingress label asks.
type Ingress struct {
	Use  bool
	Off  bool       // istiod's flag has labels ignored
	At   mesh.Ref   // the label, or the flag of istiod that has labels ignored; zero where there is none
	Gaps []mesh.Gap // of the namespace, whose label could say otherwise
}

// FromIngress reads the label of a host, else of its namespace. A value that is no bool counts as false
// (pilot/pkg/serviceregistry/ambient/services.go, ingressUseWaypointFromLabels), and none counts where istiod's flag ENABLE_INGRESS_WAYPOINT_ROUTING
// is off (pilot/pkg/features/ambient.go). A host without an address of its own is never reached
// that way (pilot/pkg/xds/endpoints/endpoint_builder.go, findServiceWaypoint).
func FromIngress(s *mesh.Snapshot, h *mesh.Host) Ingress {
	flag := s.Flag(ingressRouting)
	switch {
	case len(h.Addresses) == 0:
		return Ingress{}
	case flag.Name != "" && flag.Known:
		return Ingress{Off: true, At: flag.At}
	case flag.Name != "":
		return Ingress{At: flag.At, Gaps: []mesh.Gap{{Kind: mesh.Pod, Namespace: flag.At.Namespace, Cause: mesh.Unsupported, Resource: flag.At}}}
	}
	value, has := metadata(h).Labels[IngressLabel]
	at := h.Ref
	if !has && s.Version.Istiod.Before(release.Release{Major: 1, Minor: 25}) {
		return Ingress{}
	}
	if !has {
		ns, found, gaps := s.Namespaces.Get("", h.Namespace)
		if !found {
			return Ingress{Gaps: gaps}
		}
		if value, has = ns.Labels[IngressLabel]; !has {
			return Ingress{}
		}
		at = mesh.Ref{Kind: mesh.Namespace, Name: ns.Name}
	}
	use, err := strconv.ParseBool(value)
	return Ingress{Use: err == nil && use, At: at.At("metadata.labels[" + IngressLabel + "]")}
}
