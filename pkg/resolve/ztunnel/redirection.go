package ztunnel

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Redirection decides whether the connection of a client passes the ztunnel of its node.
func Redirection(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Request.Outside() {
		return flow.Result{}
	}
	c := capture.Of(s, f.Pod)
	way := capture.Outbound(c, f.Pod, f.Dial.IP)
	r := flow.Pass(f)
	r.Resource = way.At
	r.Candidates = []flow.Candidate{{Ref: way.At, Applies: true}}
	switch way.Way {
	case capture.Through:
		f.To, f.Target = flow.ToClientZtunnel, f.Pod
		r.Note = flow.NoteClientTaken
	case capture.Refused:
		o := flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.ZtunnelNotReady, By: flow.By(flow.Cause, way.At)}
		r := flow.End(o)
		r.Resource = way.At
		r.Candidates = []flow.Candidate{{Ref: way.At, Applies: true}}
		return r
	default:
		if c.State == capture.NotCaptured {
			return flow.Result{}
		}
		f.Passthrough = true
		f.Wire = flow.Wire{Source: f.Address(), Chosen: r.Resource, Why: flow.NoteSelfNotCaptured}
		r.Note = flow.NoteSelfNotCaptured
	}
	r.Next[0].Flow = f
	return r
}
