package gatewayapi

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// conversionContext is what a conversion of the Gateway API reads, and what it notes on the way: the faults of routes, as istiod writes
// them to their status, and what could not be read though something rests on it.
type conversionContext struct {
	s        *mesh.Snapshot
	problems []routeProblem
	gaps     []mesh.Gap
}

// unread notes gaps, each once.
func (c *conversionContext) unread(gaps []mesh.Gap) {
	for _, gap := range gaps {
		if !slices.Contains(c.gaps, gap) {
			c.gaps = append(c.gaps, gap)
		}
	}
}

// routeProblem is a fault of a route. The route is lost by it where a parent does not take it, or all its rules are void.
type routeProblem struct {
	precedence.Considered
	lost  bool
	hosts string // the host names that are lost, joined by spaces
}

// problem notes a fault that leaves the route where it is.
func (c *conversionContext) problem(at mesh.Ref, why precedence.Why, by ...mesh.Ref) {
	c.note(routeProblem{Considered: precedence.Loses(at, why, by...)})
}

// lose notes a fault for which a route does not act, or not for some of its host names.
func (c *conversionContext) lose(hosts []string, at mesh.Ref, why precedence.Why, by ...mesh.Ref) {
	c.note(routeProblem{precedence.Loses(at, why, by...), true, strings.Join(hosts, " ")})
}

// note takes a fault up once, however many parents it shows at.
func (c *conversionContext) note(p routeProblem) {
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

// namespace returns a Namespace; nil where it is not known.
func (c *conversionContext) namespace(name string) *corev1.Namespace {
	ns, found, _ := c.s.Namespaces.Get("", name)
	if !found {
		return nil
	}
	return ns
}

func labelsOf(ns *corev1.Namespace) map[string]string {
	if ns == nil {
		return nil
	}
	return ns.Labels
}
