package gatewayapi

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// gatewayAPI is what istiod makes of the objects of the Gateway API: each listener of a Gateway becomes a Gateway of its own with one
// server, and each host name that routes have at a parent a VirtualService (pilot/pkg/config/kube/gateway).
type gatewayAPI struct {
	s         *mesh.Snapshot
	listeners []*apiListener // that routes can name as parents, served or not
	services  []*config.VirtualService
	closed    []closedListener
	problems  []routeProblem
	gaps      []mesh.Gap
}

type gatewayAPIKey struct{}

func gatewayAPIOf(s *mesh.Snapshot) *gatewayAPI {
	return mesh.Derive(s, gatewayAPIKey{}, func() *gatewayAPI {
		g := &gatewayAPI{s: s}
		gateways, gaps := s.KubeGateways.All()
		g.unread(gaps)
		for _, gw := range gateways {
			g.addGateway(gw)
		}
		g.addListenerSets()
		g.addRoutes()
		return g
	})
}

// ListenersOfGatewayAPI returns the listeners that are served.
func ListenersOfGatewayAPI(s *mesh.Snapshot) []*config.GatewaySource {
	var out []*config.GatewaySource
	for _, l := range gatewayAPIOf(s).listeners {
		if !l.programmed {
			continue
		}
		out = append(out, &config.GatewaySource{Ref: l.owner, Name: l.name(), Namespace: l.owner.Namespace, Created: l.created, Services: l.services,
			Managed: l.managed, Servers: []*networking.Server{l.server}, Refs: []mesh.Ref{l.ref}})
	}
	return out
}

// FromGatewayAPI returns the routes as VirtualServices.
func FromGatewayAPI(s *mesh.Snapshot) []*config.VirtualService { return gatewayAPIOf(s).services }

// GatewayAPIGaps returns what is not known of Gateways, and of that which they rest on only where something rests on it: the class of a
// Gateway, a ReferenceGrant for a reference into another namespace, the labels of namespaces.
func GatewayAPIGaps(s *mesh.Snapshot) []mesh.Gap { return gatewayAPIOf(s).gaps }

func (g *gatewayAPI) unread(gaps []mesh.Gap) {
	for _, gap := range gaps {
		if !slices.Contains(g.gaps, gap) {
			g.gaps = append(g.gaps, gap)
		}
	}
}

// refusal is a fault that makes an object or a part of it void: why, and the field below the object or part.
type refusal struct {
	why   precedence.Why
	field string
	by    mesh.Ref
}

// gatewayGroup is the API group of the Gateway API's own kinds.
const gatewayGroup = gatewayv1.GroupName
