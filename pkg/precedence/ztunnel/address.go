package ztunnel

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

// Destination is what a ztunnel takes an address for that a client of a namespace dials.
type Destination struct {
	Pod  *corev1.Pod // the pod that has the address; its own waypoint counts then
	Host *mesh.Host  // else the Service or ServiceEntry that has it; its waypoint counts then
	Gaps []mesh.Gap  // of what could have it
}

// Known reports whether ztunnel knows the address; to any other it passes the bytes on as they are.
func (d Destination) Known() bool { return d.Pod != nil || d.Host != nil }

// Lookup finds what has an address: a pod before a host (ztunnel's src/state.rs, find_address). Pods in their node's network have none of
// their own. Of several hosts with one address, that of the client's namespace comes first, then a Service, then the oldest ServiceEntry;
// a single address before a range (src/state/service.rs, get_best_by_vip).
func Lookup(s *mesh.Snapshot, namespace string, ip netip.Addr) Destination {
	if !ip.IsValid() {
		return Destination{}
	}
	if pod := s.PodAt(ip.String()); pod != nil && !pod.Spec.HostNetwork {
		return Destination{Pod: pod}
	}
	d := Destination{}
	hosts, gaps := s.Hosts()
	var best candidate
	for _, h := range published(s, hosts) {
		if !visibleTo(s, h, namespace) {
			continue
		}
		for _, a := range addresses(s, h) {
			c := candidate{host: h, single: a.IsSingleIP(), own: h.Namespace == namespace, bits: a.Bits(), kube: h.Kube}
			if a.Contains(ip) && c.before(best) {
				best = c
			}
		}
	}
	d.Host = best.host
	if d.Host == nil || !d.Host.Kube {
		_, pods := s.Pods.All()
		d.Gaps = slices.Concat(gaps, pods)
	}
	return d
}

// candidate is a host that has the address.
type candidate struct {
	host              *mesh.Host
	single, own, kube bool
	bits              int
}

func (c candidate) before(o candidate) bool {
	switch {
	case o.host == nil:
		return true
	case c.single != o.single:
		return c.single
	case c.own != o.own:
		return c.own
	case c.bits != o.bits:
		return c.bits > o.bits
	}
	return c.kube && !o.kube
}

// published are the hosts that ztunnel is told of: of those with one name in one namespace only a Service, or the oldest ServiceEntry
// (pilot/pkg/serviceregistry/ambient/services.go, selectWorkloadServices), and none of type ExternalName.
func published(s *mesh.Snapshot, hosts []*mesh.Host) []*mesh.Host {
	type key struct{}
	return mesh.Derive(s, key{}, func() []*mesh.Host {
		type name struct{ host, namespace string }
		winner := map[name]*mesh.Host{}
		for _, h := range hosts {
			k := name{h.Name, h.Namespace}
			if old := winner[k]; h.Resolution != mesh.Alias && (old == nil || h.Kube && !old.Kube) {
				winner[k] = h
			}
		}
		var out []*mesh.Host
		for _, h := range hosts {
			// A ServiceEntry makes a host of each of its addresses.
			if w := winner[name{h.Name, h.Namespace}]; w != nil && w.Ref == h.Ref {
				out = append(out, h)
			}
		}
		return out
	})
}

// Dialled reports whether clients can dial an address at which ztunnel knows an object of the registry: one of its own, or one that istiod gave to
// one of its hosts. Without it a Service or ServiceEntry has no waypoint that anybody's ztunnel would send to.
func Dialled(s *mesh.Snapshot, object mesh.Ref) bool {
	hosts, _ := s.Hosts()
	return slices.ContainsFunc(published(s, hosts), func(h *mesh.Host) bool { return h.Ref == object && len(addresses(s, h)) > 0 })
}

func visibleTo(s *mesh.Snapshot, h *mesh.Host, namespace string) bool {
	if h.Entry == nil {
		return true
	}
	switch v, _, _ := waypoint.Visible(s, h.Namespace); v {
	case waypoint.Nobody:
		return false
	case waypoint.InNamespace:
		return h.Namespace == namespace
	}
	return true
}

// addresses are those at which ztunnel knows a host: its own, else those that istiod gave it and noted in its status. A host with
// resolution NONE gets none, nor does a wildcard that is not resolved as the request comes (constructServiceEntries).
func addresses(s *mesh.Snapshot, h *mesh.Host) []netip.Prefix {
	var out []netip.Prefix
	ranges := s.Version.Istiod.Has(release.ZtunnelRanges) && s.Version.Ztunnel.Has(release.ZtunnelRanges)
	add := func(text string) {
		if p, err := netip.ParsePrefix(text); err == nil {
			if ranges || p.IsSingleIP() {
				out = append(out, p)
			}
		} else if a, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	for _, a := range h.Addresses {
		add(a)
	}
	if h.Entry == nil || len(out) > 0 || h.Resolution == mesh.Passthrough || mesh.IsWild(h.Name) && h.Resolution != mesh.DynamicDNS {
		return out
	}
	for _, a := range h.Entry.Status.GetAddresses() {
		if a.GetHost() == h.Name {
			add(a.GetValue())
		}
	}
	return out
}
