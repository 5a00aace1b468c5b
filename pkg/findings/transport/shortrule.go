package transport

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// shortRule: a DestinationRule whose host has a dot but is no full name, so that it is taken as it stands and names nothing
// (pilot/pkg/model/config.go, ResolveShortnameToFQDN). Completed, it would be for the destination.
func shortRule(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		host := h.Host()
		all, gaps := h.View.DestinationRules.All()
		if host == nil || !host.Kube || len(gaps) > 0 || !h.View.ServiceEntries.Known() {
			continue
		}
		for _, d := range all {
			name := d.Spec.Host
			if !h.Near(d.Namespace) || !strings.Contains(strings.TrimPrefix(name, "*."), ".") || mesh.HostWithin(host.Name, name) {
				continue
			}
			completes := func(suffix string) bool { return mesh.HostWithin(host.Name, name+suffix) }
			if (completes(".svc."+mesh.DomainSuffix) || completes("."+mesh.DomainSuffix)) && !namesAny(h.View, name) {
				out = append(out, walk.Found(DestinationRuleShortHost, ruleRef(d).At("spec.host"), name, host.Name))
			}
		}
	}
	return out
}

// namesAny reports whether a host of the registry belongs to a name or a wildcard.
func namesAny(s *mesh.Snapshot, name string) bool {
	hosts, _ := s.Hosts()
	return slices.ContainsFunc(hosts, func(h *mesh.Host) bool { return mesh.HostsOverlap(h.Name, name) })
}
