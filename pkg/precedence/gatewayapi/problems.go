package gatewayapi

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// NotProgrammed lists what no port is opened for, each with the reason: listeners, and Gateways and ListenerSets as a whole.
func NotProgrammed(s *mesh.Snapshot) []precedence.Considered {
	var out []precedence.Considered
	for _, c := range gatewayAPIOf(s).Closed {
		out = append(out, c.Considered)
	}
	return out
}

// NotProgrammedAt lists those of [NotProgrammed] that would be served at a port of a gateway's pod.
func NotProgrammedAt(s *mesh.Snapshot, pod *corev1.Pod, port int) []precedence.Considered {
	var out []precedence.Considered
	for _, c := range gatewayAPIOf(s).Closed {
		if slices.ContainsFunc(s.Targets(pod), func(t mesh.Target) bool {
			return t.Number == port && slices.Contains(c.Services, t.Host.Name) && slices.Contains(c.Ports, t.Port.Number)
		}) {
			out = append(out, c.Considered)
		}
	}
	return out
}

// RouteProblems lists parents that do not take a route, host names that no parent serves, and references that do not resolve.
func RouteProblems(s *mesh.Snapshot) []precedence.Considered {
	var out []precedence.Considered
	for _, p := range gatewayAPIOf(s).Problems {
		out = append(out, p.Considered)
	}
	return out
}

// FaultsIn lists those of [RouteProblems] that lie within a part of a route and leave the route where it is, above all backends that it may
// not use; the part of an object without a field is all of it.
func FaultsIn(s *mesh.Snapshot, part mesh.Ref) []precedence.Considered {
	var out []precedence.Considered
	for _, p := range gatewayAPIOf(s).Problems {
		rest, within := strings.CutPrefix(p.Ref.Field, part.Field)
		if !p.Lost && p.Ref.Object() == part.Object() && within && (rest == "" || part.Field == "" || rest[0] == '.' || rest[0] == '[') {
			out = append(out, p.Considered)
		}
	}
	return out
}

// LostRoutes lists those of [RouteProblems] for which a host name is not served though a route has it.
func LostRoutes(s *mesh.Snapshot, host string) []precedence.Considered {
	var out []precedence.Considered
	host = strings.ToLower(host)
	for _, p := range gatewayAPIOf(s).Problems {
		overlaps := func(h string) bool { return mesh.HostsOverlap(h, host) }
		if p.Lost && slices.ContainsFunc(strings.Fields(p.Hosts), overlaps) {
			out = append(out, p.Considered)
		}
	}
	return out
}
