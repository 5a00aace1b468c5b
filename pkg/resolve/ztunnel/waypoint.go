package ztunnel

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Waypoint finds the waypoint of what was dialled, of a host for its own address and of a pod for the pod's. One that cannot be bound to is
// passed by.
func Waypoint(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !f.Addressee.Known() {
		return flow.Result{}
	}
	b := bindingOf(s, f.Addressee)
	r := flow.Pass(f)
	r.Candidates = flow.Candidates(b.Considered())
	ways := b.Ways()
	if len(ways) == 0 {
		r.Passing, r.Note, r.Args, r.Resource = flow.Idle, flow.NoteWithoutWaypoint, []string{flow.CodeMark + string(b.Why)}, b.Label
		r.Unread(b.Gaps...)
		return r
	}
	r.Passing, r.Resource, r.Note, r.Next = flow.Routes, b.Label, flow.NoteThroughWaypoint, nil
	for _, w := range ways {
		next := f
		next.Waypoint = w.Waypoint
		r.Next = append(r.Next, flow.Branch{Flow: next, Share: w.Share})
		r.Args = append(r.Args, w.Waypoint.Ref.ID())
	}
	if len(ways) > 1 {
		r.Note, r.Args = flow.NoteThroughWaypoints, append(r.Args, strconv.Itoa(b.Canary.Percent))
		r.Unread(b.Canary.Gaps...)
	}
	r.Unread(b.Gaps...)
	return r
}

func bindingOf(s *mesh.Snapshot, d ztunnel.Destination) waypoint.Binding {
	if d.Pod != nil {
		return waypoint.OfPod(s, d.Pod)
	}
	return waypoint.OfHost(s, d.Host)
}
