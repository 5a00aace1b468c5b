package resource

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Context is what a conversion of the Gateway API reads, and what it notes on the way: the faults of routes, as istiod writes
// them to their status, and what could not be read though something rests on it.
type Context struct {
	Snapshot *mesh.Snapshot
	Problems []Problem
	Gaps     []mesh.Gap
}

// Unread notes gaps, each once.
func (c *Context) Unread(gaps []mesh.Gap) {
	for _, gap := range gaps {
		if !slices.Contains(c.Gaps, gap) {
			c.Gaps = append(c.Gaps, gap)
		}
	}
}

// Problem is a fault of a route. The route is lost by it where a parent does not take it, or all its rules are void.
type Problem struct {
	precedence.Considered
	Lost  bool
	Hosts string // the host names that are lost, joined by spaces
}

// Report notes a fault that leaves the route where it is.
func (c *Context) Report(at mesh.Ref, why precedence.LossReason, by ...mesh.Ref) {
	c.note(Problem{Considered: precedence.Loses(at, why, by...)})
}

// Lose notes a fault for which a route does not act, or not for some of its host names.
func (c *Context) Lose(hosts []string, at mesh.Ref, why precedence.LossReason, by ...mesh.Ref) {
	c.note(Problem{precedence.Loses(at, why, by...), true, strings.Join(hosts, " ")})
}

// note takes a fault up once, however many parents it shows at.
func (c *Context) note(p Problem) {
	if !slices.Contains(c.Problems, p) {
		c.Problems = append(c.Problems, p)
	}
}

// namespace returns a Namespace; nil where it is not known.
func (c *Context) namespace(name string) *corev1.Namespace {
	ns, found, _ := c.Snapshot.Namespaces.Get("", name)
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
