package rules

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// Conversion turns the rules of a route into those of a VirtualService, for gateways or for the mesh.
type Conversion struct {
	*resource.Context
	Route *resource.Route
	Mesh  bool
	Hosts []string // that are lost if the rules are void
}

// at points at a part of the route.
func (c Conversion) at(field string) mesh.Ref { return c.Route.Ref.At(field) }

// void notes a fault that removes all rules of the route.
func (c Conversion) void(rule string, fault *resource.Refusal) {
	c.Lose(c.Hosts, c.at(config.Under(rule, fault.Field)), fault.Why, fault.By)
}
