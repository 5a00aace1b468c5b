package server

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// InboundCapture decides whether the server's proxy is on the way: the redirection takes what comes in at the port.
func InboundCapture(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	captured, at := mesh.CapturesInbound(f.Pod, f.Wire.Port)
	if intercepted, _ := mesh.Intercepted(f.Pod); f.Wire.Self && intercepted {
		// What a proxy sends to its own pod is caught by a redirection that knows no excluded ports.
		captured, at = true, mesh.Ref{}
	}
	if captured || f.Wire.Tunnelled() {
		return flow.NothingApplies(f)
	}
	f.NotIntercepted = true
	r := flow.Pass(f)
	r.Resource, r.Note = at, flow.NoteServerNotCaptured
	if !at.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: at, Applies: true}}
	}
	return r
}
