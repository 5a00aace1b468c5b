package waypoint

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// HostsOf returns the hosts that are bound to a waypoint, or to it as a canary, and what could not be read of others.
func HostsOf(s *mesh.Snapshot, gateway mesh.Ref) ([]*mesh.Host, []mesh.Gap) {
	type key struct{}
	type all struct {
		of   map[mesh.Ref][]*mesh.Host
		gaps []mesh.Gap
	}
	a := mesh.Derive(s, key{}, func() all {
		out := all{of: map[mesh.Ref][]*mesh.Host{}}
		hosts, gaps := s.Hosts()
		out.gaps = slices.Clone(gaps)
		for _, h := range hosts {
			b := OfHost(s, h)
			out.gaps = append(out.gaps, b.Gaps...)
			for _, w := range b.Ways() {
				out.of[w.Waypoint.Ref] = append(out.of[w.Waypoint.Ref], h)
			}
		}
		return out
	})
	return a.of[gateway], a.gaps
}

// Serves reports whether a host is bound to a waypoint.
func Serves(s *mesh.Snapshot, gateway mesh.Ref, h *mesh.Host) bool {
	hosts, _ := HostsOf(s, gateway)
	return slices.ContainsFunc(hosts, func(x *mesh.Host) bool { return x.Ref == h.Ref && x.Name == h.Name })
}
