package gatewayapi

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// closedListener is something that no port is opened for, and where the port would be.
type closedListener struct {
	precedence.Considered
	services []string // of the Gateway
	ports    []int    // of these Services
}

// NotProgrammed lists what no port is opened for, each with the reason: listeners, and Gateways and ListenerSets as a whole.
func NotProgrammed(s *mesh.Snapshot) []precedence.Considered {
	var out []precedence.Considered
	for _, c := range gatewayAPIOf(s).closed {
		out = append(out, c.Considered)
	}
	return out
}

// NotProgrammedAt lists those of [NotProgrammed] that would be served at a port of a gateway's pod.
func NotProgrammedAt(s *mesh.Snapshot, pod *corev1.Pod, port int) []precedence.Considered {
	var out []precedence.Considered
	for _, c := range gatewayAPIOf(s).closed {
		if slices.ContainsFunc(s.Targets(pod), func(t mesh.Target) bool {
			return t.Number == port && slices.Contains(c.services, t.Host.Name) && slices.Contains(c.ports, t.Port.Number)
		}) {
			out = append(out, c.Considered)
		}
	}
	return out
}

// routeProblem is a fault of a route. The route is lost by it where a parent does not take it, or all its rules are void.
type routeProblem struct {
	precedence.Considered
	lost  bool
	hosts string // the host names that are lost, joined by spaces
}

// RouteProblems lists parents that do not take a route, host names that no parent serves, and references that do not resolve.
func RouteProblems(s *mesh.Snapshot) []precedence.Considered {
	var out []precedence.Considered
	for _, p := range gatewayAPIOf(s).problems {
		out = append(out, p.Considered)
	}
	return out
}

// LostRoutes lists those of [RouteProblems] for which a host name is not served though a route has it.
func LostRoutes(s *mesh.Snapshot, host string) []precedence.Considered {
	var out []precedence.Considered
	host = strings.ToLower(host)
	for _, p := range gatewayAPIOf(s).problems {
		overlaps := func(h string) bool { return mesh.HostsOverlap(h, host) }
		if p.lost && slices.ContainsFunc(strings.Fields(p.hosts), overlaps) {
			out = append(out, p.Considered)
		}
	}
	return out
}

// problem notes a fault that leaves the route where it is.
func (g *gatewayAPI) problem(at mesh.Ref, why precedence.Why, by ...mesh.Ref) {
	g.note(routeProblem{Considered: precedence.Loses(at, why, by...)})
}

// lose notes a fault for which a route does not act, or not for some of its host names.
func (g *gatewayAPI) lose(hosts []string, at mesh.Ref, why precedence.Why, by ...mesh.Ref) {
	g.note(routeProblem{precedence.Loses(at, why, by...), true, strings.Join(hosts, " ")})
}

// note takes a fault up once, however many parents it shows at.
func (g *gatewayAPI) note(p routeProblem) {
	if !slices.Contains(g.problems, p) {
		g.problems = append(g.problems, p)
	}
}
