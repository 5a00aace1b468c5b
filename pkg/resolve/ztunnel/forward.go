package ztunnel

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Forward hands on what the server's ztunnel let through. It took the connection, or the tunnel, before it asked the pod: a port on which
// nobody listens is no refused connection to its client.
func Forward(s *mesh.Snapshot, f flow.Flow) flow.Result {
	next := f
	next.To, next.Target, next.Wire.Tunnel = flow.ToApplication, f.Pod, flow.Tunnel{}
	r := flow.Unseen(next)
	if f.NotIntercepted {
		return r
	}
	r.Response = f.Responds(s, flow.RouteChoice{})
	r.Response.Turns = map[flow.Failure]flow.Failure{flow.ConnectRefused: flow.TunnelFailed}
	if !f.Wire.Tunnelled() {
		r.Response.Turns[flow.ConnectRefused] = flow.Terminated
		r.Response.Says = map[flow.Failure]string{flow.ConnectRefused: ztunnel.ApplicationRefused}
	}
	return r
}
