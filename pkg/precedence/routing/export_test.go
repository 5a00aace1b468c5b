package routing

import (
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// Shared reports whether clients of several namespaces have this scope.
func (c *Scope) Shared() bool { return c.shared }

// RouteTableAnew is RouteTable without anything that other clients have in common with this one.
func (c *Scope) RouteTableAnew(client precedence.Client, port int) *config.RouteTable {
	return c.newRouteTable(c.ListenerFor(port), config.Proxy{Client: client, Gateways: []string{config.MeshGateway}}, port)
}
