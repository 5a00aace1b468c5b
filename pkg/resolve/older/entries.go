package older

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Codes of changes of what ServiceEntries say.
const (
	TargetPortOfNone   flow.Note = "TargetPortOfNone"
	EntriesMerged      flow.Note = "EntriesMerged"
	ListenersByAddress flow.Note = "ListenersByAddress"
	AddressesAllocated flow.Note = "AddressesAllocated"
)

var ofEntries = []change{
	// Row 21: a targetPort had no effect without resolution (ENABLE_RESOLUTION_NONE_TARGET_PORT).
	{code: TargetPortOfNone, since: release.Since{{Major: 1, Minor: 22}}, flag: "ENABLE_RESOLUTION_NONE_TARGET_PORT", bears: targetPortOfNone, old: []flow.Outcome{reaches, fails, closed}},
	// Row 36: entries of one host in one namespace were merged by the names of their ports.
	{code: EntriesMerged, since: release.Since{{Major: 1, Minor: 20, Patch: 7}, {Major: 1, Minor: 21, Patch: 3}, {Major: 1, Minor: 22}}, from: release.Since{{Major: 1, Minor: 20}}, bears: entryTwice, old: []flow.Outcome{reaches, fails}},
	// Row 37: every address of an entry had a listener of its own.
	{code: ListenersByAddress, since: release.Since{{Major: 1, Minor: 22, Patch: 5}, {Major: 1, Minor: 23, Patch: 1}}, from: release.Since{{Major: 1, Minor: 22, Patch: 4}, {Major: 1, Minor: 23}}, bears: severalAddresses, old: []flow.Outcome{reaches, fails, closed}},
	// Row 38: addresses were given to entries only where the proxy asked for it (PILOT_ENABLE_IP_AUTOALLOCATE).
	{code: AddressesAllocated, since: release.Since{{Major: 1, Minor: 25}}, bears: unallocated, old: []flow.Outcome{{Kind: flow.ExitNoName, CurlExit: 6}}},
}

// entry is the ServiceEntry's host that the proxy sends to.
func (p place) entry() *mesh.Host {
	if c := p.cluster(); c != nil && c.Host.Entry != nil {
		return c.Host
	}
	return nil
}

func targetPortOfNone(p place) mesh.Ref {
	h := p.entry()
	if h == nil || h.Resolution != mesh.Passthrough {
		return mesh.Ref{}
	}
	if t := p.Left.Cluster.Port.TargetPort; t != 0 && t != p.Left.Cluster.Port.Number {
		return h.Ref.At("spec.ports")
	}
	return mesh.Ref{}
}

func entryTwice(p place) mesh.Ref {
	h := p.entry()
	if h == nil {
		return mesh.Ref{}
	}
	for _, o := range p.s.HostsNamed(h.Name) {
		if o.Entry != nil && o.Entry != h.Entry && o.Namespace == h.Namespace {
			return o.Ref
		}
	}
	return mesh.Ref{}
}

func severalAddresses(p place) mesh.Ref {
	if h := p.entry(); h != nil && len(h.Entry.Spec.Addresses) > 1 {
		return h.Ref.At("spec.addresses")
	}
	return mesh.Ref{}
}

// unallocated is the entry of a host without addresses, which the proxy's DNS answers for.
func unallocated(p place) mesh.Ref {
	if p.Party.Role != flow.ClientSidecar {
		return mesh.Ref{}
	}
	capture, _ := flow.NodeMetadata(p.s, p.Flow.Pod, "DNS_CAPTURE")
	allocate, _ := flow.NodeMetadata(p.s, p.Flow.Pod, "DNS_AUTO_ALLOCATE")
	if capture != "true" || allocate == "true" {
		return mesh.Ref{}
	}
	for _, h := range p.s.HostsNamed(strings.ToLower(p.Flow.Request.Host)) {
		if h.Entry != nil && len(h.Entry.Spec.Addresses) == 0 && h.Resolution != mesh.Passthrough {
			return h.Ref.At("spec.addresses")
		}
	}
	return mesh.Ref{}
}
