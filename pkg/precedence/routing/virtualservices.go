package routing

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/precedence/ingress"
)

type virtualServicesKey struct{}

// VirtualServices returns all VirtualServices that can act, oldest first, with those made from the Gateway API's routes and from Ingresses.
func VirtualServices(s *mesh.Snapshot) []*config.VirtualService {
	return mesh.Derive(s, virtualServicesKey{}, func() []*config.VirtualService {
		var out []*config.VirtualService
		list, _ := s.VirtualServices.All()
		for _, v := range list {
			if len(v.Spec.Hosts) > 0 { // one without hosts acts only as a delegate
				out = append(out, config.Resolve(s, v))
			}
		}
		out = append(out, gatewayapi.FromGatewayAPI(s)...)
		out = append(out, ingress.VirtualServices(s)...)
		slices.SortStableFunc(out, func(a, b *config.VirtualService) int {
			if c := a.Created.Compare(b.Created); c != 0 {
				return c
			}
			return strings.Compare(cmp.Or(a.Name, a.Ref.Name)+"\x00"+a.Namespace, cmp.Or(b.Name, b.Ref.Name)+"\x00"+b.Namespace)
		})
		return out
	})
}

// BoundTo returns the VirtualServices for a gateway (or the mesh) as a proxy of a namespace sees them, in the order in which they
// count: those that the namespace keeps to itself, those exported to it by name, the public ones; in each group the oldest first. Of
// the public ones, routes of the Gateway API that live in the proxy's own namespace come first.
func BoundTo(s *mesh.Snapshot, gateway, namespace string) []*config.VirtualService {
	type key struct{ gateway, namespace string }
	return mesh.Derive(s, key{gateway, namespace}, func() []*config.VirtualService {
		var private, named, consumer, public []*config.VirtualService
		for _, v := range VirtualServices(s) {
			if !slices.Contains(v.Gateways, gateway) {
				continue
			}
			switch {
			case v.ExportTo.Has("*") && v.GatewayAPI && v.Namespace == namespace:
				consumer = append(consumer, v)
			case v.ExportTo.Has("*"):
				public = append(public, v)
			case v.ExportTo.Has("~"):
			case v.ExportTo.Has(namespace) && v.Namespace == namespace:
				private = append(private, v)
			case v.ExportTo.Has(namespace):
				named = append(named, v)
			}
		}
		return slices.Concat(private, named, consumer, public)
	})
}
