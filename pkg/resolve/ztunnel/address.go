package ztunnel

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Address finds what the client's ztunnel takes the address for: a pod, or a host of the registry. What it does not know it passes on as it
// is, whatever outboundTrafficPolicy and Sidecars say.
func Address(s *mesh.Snapshot, f flow.Flow) flow.Result {
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
	if !r.Resource.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Unread(f.Addressee.Gaps...)
	return r
}
