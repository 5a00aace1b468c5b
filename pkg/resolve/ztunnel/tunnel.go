package ztunnel

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Tunnel opens an HBONE tunnel to where the connection goes, wherever that takes one: a waypoint always does. DestinationRules have no say.
func Tunnel(s *mesh.Snapshot, f flow.Flow) flow.Result {
	r := flow.Pass(f)
	takes, at := capture.Tunnels(s, capture.Ztunnel, f.Target)
	if f.Endpoint != nil {
		if own, from, listed := capture.EntryTunnels(s, f.Endpoint.Ref); listed {
			takes, at = own, from
		}
	}
	if f.Waypoint != nil {
		takes, at = true, f.Waypoint.Ref
	}
	r.Resource, r.Note = at, flow.NoteNoTunnel
	f.Wire.Chosen, f.Wire.Why = at, flow.NoteNoTunnel
	if takes {
		f.Wire.Tunnel = flow.Tunnel{Peer: upstream.IdentityOf(s, f), At: at}
		f.Wire.Chosen, f.Wire.Why, r.Note = at, flow.NoteTunnel, flow.NoteTunnel
	}
	if !at.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: at, Applies: true}}
	}
	r.Next[0].Flow = f
	return r
}

// ended is a connection that the client's ztunnel closes by itself.
func ended(f flow.Flow, o flow.Outcome) flow.Outcome {
	o = f.Closed(o)
	o.Failure, o.AnsweredBy = flow.NoFailure, []flow.Party{f.At}
	return o
}

// responds is how answers come back: the client's ztunnel took the connection before it opened another, so that all that can go wrong is a
// reset. What it logs of that tells its own part of it, and nothing of a connection that ended like any other.
func responds(s *mesh.Snapshot, f flow.Flow) *flow.Response {
	r := f.Responds(s, flow.RouteChoice{})
	r.Says = map[flow.Failure]string{flow.TunnelDenied: ztunnel.Unauthorized, flow.TunnelFailed: ztunnel.Unavailable, flow.ConnectRefused: ztunnel.PlainRefused}
	if f.Waypoint != nil {
		r.Says[flow.Terminated] = ztunnel.ClosedBehind
	}
	return r
}
