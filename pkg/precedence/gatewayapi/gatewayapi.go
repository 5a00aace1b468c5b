package gatewayapi

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/listeners"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// gatewayAPI is what istiod makes of the objects of the Gateway API: each listener of a Gateway becomes a Gateway of its own with one
// server, and each host name that routes have at a parent a VirtualService (pilot/pkg/config/kube/gateway).
type gatewayAPI struct {
	*resource.Context
	listeners.Table
	services []*config.VirtualService
}

type gatewayAPIKey struct{}

func gatewayAPIOf(s *mesh.Snapshot) *gatewayAPI {
	return mesh.Derive(s, gatewayAPIKey{}, func() *gatewayAPI {
		ctx := &resource.Context{Snapshot: s}
		g := &gatewayAPI{Context: ctx, Table: listeners.Of(ctx)}
		g.addRoutes()
		return g
	})
}

// ListenersOfGatewayAPI returns the listeners that are served.
func ListenersOfGatewayAPI(s *mesh.Snapshot) []*config.GatewaySource {
	var out []*config.GatewaySource
	for _, l := range gatewayAPIOf(s).Listeners {
		if !l.Programmed {
			continue
		}
		out = append(out, &config.GatewaySource{Ref: l.Owner, Name: l.GatewayName(), Namespace: l.Owner.Namespace, Created: l.Created, Services: l.Services,
			Managed: l.Managed, Resolved: l.Resolved(), Servers: []*networking.Server{l.Server}, Refs: []mesh.Ref{l.Ref}})
	}
	return out
}

// FromGatewayAPI returns the routes as VirtualServices.
func FromGatewayAPI(s *mesh.Snapshot) []*config.VirtualService { return gatewayAPIOf(s).services }

// Gaps returns what is not known of Gateways, and of that which they rest on only where something rests on it: the class of a
// Gateway, a ReferenceGrant for a reference into another namespace, the labels of namespaces.
func Gaps(s *mesh.Snapshot) []mesh.Gap { return gatewayAPIOf(s).Gaps }
