package flow

import (
	"strconv"
	"time"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// RouteChoice is the route that takes a request.
type RouteChoice struct {
	Route    *config.Route // nil for the default route to a host
	Ref      mesh.Ref
	Retry    Retry
	Timeout  time.Duration // 0 for none
	Redirect bool          // a gateway's own redirect to https
}

// Part points at a part of the route; of a default route at the host.
func (c RouteChoice) Part(path string) mesh.Ref {
	if c.Route == nil {
		return c.Ref
	}
	return c.Route.HTTP.Part(path)
}

// Cluster is a destination: a port of a host, or a subset of it.
type Cluster struct {
	Host   *mesh.Host
	Port   mesh.Port
	Subset string
	Rule   precedence.RuleChoice
	From   mesh.Ref // what names the destination
	HTTP2  bool

	HTTP2By mesh.Ref // what asks for it, where the port does not
}

// Name is the destination as people write it.
func (c *Cluster) Name() string {
	s := c.Host.Name + ":" + strconv.Itoa(c.Port.Number)
	if c.Subset != "" {
		s += " subset " + c.Subset
	}
	return s
}
