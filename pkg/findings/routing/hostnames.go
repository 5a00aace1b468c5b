package routing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// completed is the name of a Service that a name with a dot begins; empty where there is none.
func completed(s *mesh.Snapshot, name string) string {
	if !strings.Contains(name, ".") || mesh.IsWild(name) {
		return ""
	}
	for _, suffix := range []string{".svc." + mesh.DomainSuffix, "." + mesh.DomainSuffix} {
		for _, x := range s.HostsNamed(name + suffix) {
			if x.Kube {
				return x.Name
			}
		}
	}
	return ""
}

// names are the names by which VirtualServices know what a sender sends: the host's for a sidecar, the request's for a gateway.
func names(h *walk.Hop) []string {
	name := strings.ToLower(config.StripPort(h.In.Message.Authority))
	if h.IsGateway() {
		return []string{name}
	}
	var out []string
	if host := h.Host(); host != nil {
		out = append(out, strings.ToLower(host.Name))
	}
	if v := h.Left.VHost; v != nil && !slices.Contains(out, v.Name) {
		out = append(out, v.Name)
	}
	return out
}

func entryField(i int) string { return "spec.http[" + strconv.Itoa(i) + "]" }

func overlaps(hosts []string, name string) bool {
	return slices.ContainsFunc(hosts, func(h string) bool { return mesh.HostsOverlap(h, name) })
}
