package listeners

import (
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// Table holds the listeners of all Gateways.
type Table struct {
	Listeners []*Listener // that routes can name as parents, served or not
	Closed    []Closed
}

// listening collects the listeners of all Gateways.
type listening struct {
	*resource.Context
	Table
}

// Of converts the listeners of all Gateways and ListenerSets.
func Of(c *resource.Context) Table {
	g := &listening{Context: c}
	gateways, gaps := c.Snapshot.KubeGateways.All()
	c.Unread(gaps)
	for _, gw := range gateways {
		g.addGateway(gw)
	}
	g.addListenerSets()
	return g.Table
}

// Closed is something that no port is opened for, and where the port would be.
type Closed struct {
	precedence.Considered
	Services []string // of the Gateway
	Ports    []int    // of these Services
}
