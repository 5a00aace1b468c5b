package gateway

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// VirtualHost finds what answers for the request's authority among the VirtualServices that are bound to the server.
func VirtualHost(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !f.L7 || f.Chain == nil {
		return flow.Result{}
	}
	f.Table = f.Chain.RouteTable(s, f.Client)
	f.VHost = f.Table.Lookup(f.Message.Authority)
	r := flow.Pass(f)
	r.Args = []string{f.Message.Authority}
	r.Candidates = route.BoundCandidates(f, s)
	if f.VHost != nil {
		for _, v := range f.VHost.Merged {
			r.Resource, r.Note = v.Ref, flow.NoteVirtualHost
			break
		}
	}
	_, gaps := s.VirtualServices.All()
	r.Unread(slices.Concat(gaps, route.Gaps(s))...)
	return r
}

// NoHost is what becomes of a request whose host the gateway does not know: no route takes it.
func NoHost(_ *mesh.Snapshot, f flow.Flow) flow.Result { return flow.Pass(f) }
