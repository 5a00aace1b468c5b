package gatewayapi

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// conversion turns the rules of a route into those of a VirtualService, for gateways or for the mesh.
type conversion struct {
	*conversionContext
	route *apiRoute
	mesh  bool
	hosts []string // that are lost if the rules are void
}

// at points at a part of the route.
func (c conversion) at(field string) mesh.Ref { return c.route.ref.At(field) }

// void notes a fault that removes all rules of the route.
func (c conversion) void(rule string, fault *refusal) {
	c.lose(c.hosts, c.at(config.Under(rule, fault.field)), fault.why, fault.by)
}
