package gateway

import (
	"net/netip"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Waypoint sends what goes to a Service through the Service's waypoint, if a label asks gateways for that. The waypoint looks at the Service
// alone, whatever subset the gateway's route had chosen (pilot/pkg/xds/endpoints/endpoint_builder.go, findServiceWaypoint).
func Waypoint(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.Cluster == nil {
		return flow.Result{}
	}
	h := f.Cluster.Host
	asks := waypoint.FromIngress(s, h)
	if !asks.Use && len(asks.Gaps) == 0 {
		return flow.Result{}
	}
	b := waypoint.OfHost(s, h)
	if b.Why == waypoint.NotAsked && len(b.Gaps) == 0 {
		return flow.Result{}
	}
	r := flow.Pass(f)
	r.Candidates = append(flow.Candidates(b.Considered()), flow.Candidate{Ref: asks.At, Applies: asks.Use})
	r.Unread(asks.Gaps...)
	r.Unread(b.Gaps...)
	ways := b.Ways()
	if len(ways) == 0 || !asks.Use {
		r.Passing, r.Note, r.Args, r.Resource = flow.Idle, flow.NoteWithoutWaypoint, []string{flow.CodeMark + string(b.Why)}, b.Label
		return r
	}
	return through(s, f, r, ways, asks.At)
}

// through shares the requests out among the pods of the waypoints. One without pods has no part in it, unless none has any.
func through(s *mesh.Snapshot, f flow.Flow, r flow.Result, ways []waypoint.Way, label mesh.Ref) flow.Result {
	f.Dial = flow.Dial{Name: f.Cluster.Host.Name, Port: f.Cluster.Port.Number, Host: f.Cluster.Host}
	f.Dial.IP, _ = netip.ParseAddr(f.Cluster.Host.Addresses[0])
	f.Addressee = ztunnel.Destination{Host: f.Cluster.Host}
	r.Passing, r.Resource, r.Note, r.Next, r.Response = flow.Routes, label, flow.NoteIngressWaypoint, nil, upstream.Response(s, f)
	total, ready, listed := 0.0, 0, 0
	for _, w := range ways {
		reach := waypoint.ReachOf(s, w.Waypoint)
		r.Unread(reach.Gaps...)
		usable := r.Known(s, reach.Endpoints)
		ready, listed = ready+len(usable), listed+reach.Listed
		r.Presumes = append(r.Presumes, flow.PresumesDerived(usable)...)
		if len(usable) > 0 {
			total += w.Share
		}
		for _, group := range upstream.Groups(s, f, usable) {
			next := upstream.Towards(f, group[0])
			next.Others, next.To = group[1:], flow.ToWaypoint
			next = upstream.Into(s, next, w.Waypoint.Ref).Next[0].Flow
			r.Next = append(r.Next, flow.Branch{Flow: next, Share: w.Share * float64(len(group)) / float64(len(usable))})
		}
	}
	for i := range r.Next {
		r.Next[i].Share /= total
	}
	r.Args = []string{ways[0].Waypoint.Ref.ID(), strconv.Itoa(ready), strconv.Itoa(listed)}
	if len(r.Next) == 0 && len(r.Gaps) == 0 {
		return deserted(f, r, ways[0].Waypoint.Ref, waypoint.ReachOf(s, ways[0].Waypoint))
	}
	return r
}

// deserted: the waypoint has no pod, and the gateway does not go round it.
func deserted(f flow.Flow, r flow.Result, at mesh.Ref, reach waypoint.Reach) flow.Result {
	if c, ok := reach.Scale.Considered(); ok {
		r.Candidates = append(r.Candidates, flow.Candidates([]precedence.Considered{c})...)
	}
	o := f.Closed(flow.Outcome{Reason: flow.WaypointUnreachable})
	o.Failure = flow.NoFailure
	if f.L7 {
		o = f.Replies(503, flow.WaypointUnreachable, "no_healthy_upstream", "UH")
		o.Body = "no healthy upstream"
	}
	o.By = flow.By(flow.Cause, at)
	e := flow.End(o)
	e.Resource, e.Candidates, e.Args = at, r.Candidates, []string{at.ID(), flow.CodeMark + string(reach.Because())}
	return e
}
