package gatewayapi

import "github.com/mesh-why/mesh-why/pkg/precedence"

// listenerTable holds the listeners of all Gateways.
type listenerTable struct {
	listeners []*apiListener // that routes can name as parents, served or not
	closed    []closedListener
}

// listening collects the listeners of all Gateways.
type listening struct {
	*conversionContext
	listenerTable
}

// listenersOf converts the listeners of all Gateways and ListenerSets.
func listenersOf(c *conversionContext) listenerTable {
	g := &listening{conversionContext: c}
	gateways, gaps := c.s.KubeGateways.All()
	c.unread(gaps)
	for _, gw := range gateways {
		g.addGateway(gw)
	}
	g.addListenerSets()
	return g.listenerTable
}

// closedListener is something that no port is opened for, and where the port would be.
type closedListener struct {
	precedence.Considered
	services []string // of the Gateway
	ports    []int    // of these Services
}
