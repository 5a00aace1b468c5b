package server

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// InboundCapture decides whether the server's proxy is on the way: the redirection takes what comes in at the port.
func InboundCapture(s *mesh.Snapshot, f flow.Flow) flow.Result {
	captured, at := s.Config.CapturesInbound(f.Pod, f.Wire.Port)
	if intercepted, _ := s.Config.Intercepted(f.Pod); f.Wire.Self && intercepted {
		// What a proxy sends to its own pod is caught by a redirection that knows no excluded ports.
		captured, at = true, mesh.Ref{}
	}
	if captured && agent.PortOf(f.Pod, f.Wire.Port) == agent.Inbound {
		// The chain for the listener's own port leads nowhere (pilot/pkg/networking/core/listener_inbound.go, buildInboundBlackhole).
		r := flow.End(f.Closed(flow.Outcome{Reason: flow.ProxyPortCloses, Args: []string{strconv.Itoa(f.Wire.Port)}, By: flow.By(flow.Cause, mesh.PodRef(f.Pod))}))
		r.Resource = mesh.PodRef(f.Pod)
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
		return r
	}
	if captured || f.Wire.Tunnelled() {
		return flow.NothingApplies(f)
	}
	f.NotIntercepted = true
	r := flow.Pass(f)
	r.Resource, r.Note, r.Args = at, flow.NoteServerNotCaptured, []string{at.Field}
	if !at.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: at, Applies: true}}
	}
	return r
}
