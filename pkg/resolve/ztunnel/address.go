package ztunnel

import (
	"net/netip"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Address finds what the client's ztunnel takes the address for: a pod, or a host of the registry. What it does not know it passes on as it
// is, whatever outboundTrafficPolicy and Sidecars say.
//
// A name that the cluster's DNS does not have may be that of a ServiceEntry with an address, if the client's ztunnel answers its DNS queries.
func Address(s *mesh.Snapshot, f flow.Flow) flow.Result {
	named := f.Dial.String()
	resolved, gaps := resolve(s, f)
	if resolved.IsValid() {
		f.Dial.IP = resolved
	}
	f.Addressee = ztunnel.Lookup(s, f.Namespace(), f.Dial.IP)
	f.Wire = flow.Wire{Source: f.Address()}
	r := flow.Pass(f)
	switch d := f.Addressee; {
	case d.Pod != nil:
		r.Note, r.Resource = flow.NoteAddressOfPod, mesh.PodRef(d.Pod)
	case d.Host != nil:
		r.Note, r.Resource = flow.NoteAddressOfHost, d.Host.Ref
	default:
		r.Note = flow.NoteAddressUnknown
	}
	r.Args = []string{f.Dial.String()}
	if resolved.IsValid() {
		r.Note, r.Args = flow.NoteNameOfHost, []string{named, f.Dial.String()}
		if _, at := capture.DNS(s, f.Pod); at.IsZero() {
			r.Presumes = []flow.Presumption{{Code: flow.PresumesDNSCapture, Resource: mesh.PodRef(f.Pod), Args: []string{mesh.PodRef(f.Pod).ID()}}}
		}
	}
	if !r.Resource.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Unread(f.Addressee.Gaps...)
	r.Unread(gaps...)
	return r
}

// resolve is the address that the client's ztunnel gives for a name from outside of the cluster, where it answers the client's DNS queries.
func resolve(s *mesh.Snapshot, f flow.Flow) (netip.Addr, []mesh.Gap) {
	if is, _ := capture.DNS(s, f.Pod); !is || f.Dial.IP.IsValid() || f.Dial.Host != nil || f.Dial.Outer {
		return netip.Addr{}, nil
	}
	return ztunnel.Resolve(s, f.Namespace(), f.Dial.Name)
}
