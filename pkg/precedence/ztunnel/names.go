package ztunnel

import (
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Resolve returns the address that a ztunnel which captures DNS answers with for a name outside of the cluster: that of the ServiceEntry with the
// name, or with a wildcard for it, the closest first; of several with one name that of the client's namespace, then the first. One without an
// address is none that ztunnel knows: its names are asked of the cluster's DNS (ztunnel's src/dns/server.rs, find_server).
func Resolve(s *mesh.Snapshot, namespace, name string) (ip netip.Addr, gaps []mesh.Gap) {
	hosts, gaps := s.Hosts()
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, pattern := range patterns(name) {
		var found netip.Addr
		for _, h := range published(s, hosts) {
			if h.Kube || !strings.EqualFold(h.Name, pattern) || !visibleTo(s, h, namespace) {
				continue
			}
			a := single(s, h)
			if !a.IsValid() {
				continue
			}
			if h.Namespace == namespace {
				return a, nil
			}
			if !found.IsValid() {
				found = a
			}
		}
		if found.IsValid() {
			return found, gaps
		}
	}
	return netip.Addr{}, gaps
}

// patterns are a name and the wildcards that it matches, the closest first.
func patterns(name string) []string {
	out := []string{name}
	for rest := name; ; {
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			return out
		}
		out, rest = append(out, "*."+after), after
	}
}

// single is the first address of a host that is no range.
func single(s *mesh.Snapshot, h *mesh.Host) netip.Addr {
	for _, a := range addresses(s, h) {
		if a.IsSingleIP() {
			return a.Addr()
		}
	}
	return netip.Addr{}
}
