package ztunnel

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Endpoints finds where the client's ztunnel connects to: a pod of the waypoint, an endpoint of the host, or the address itself. Whether a pod
// is ready counts for a host alone, not for a pod that is dialled.
func Endpoints(s *mesh.Snapshot, f flow.Flow) flow.Result {
	r := flow.Routing(f)
	r.Next, r.Response = nil, responds(s, f)
	switch d := f.Addressee; {
	case f.Waypoint != nil:
		return toWaypoint(s, f, r)
	case d.Host != nil && passedOn(s, d.Host):
		return itself(s, f, r)
	case d.Host != nil:
		return ofHost(s, f, r)
	}
	return itself(s, f, r)
}

// passedOn tells a host whose address ztunnel connects to as it is: one with resolution NONE, which it took for one without endpoints before
// 1.28.
func passedOn(s *mesh.Snapshot, h *mesh.Host) bool {
	return h.Entry != nil && h.Resolution == mesh.Passthrough && !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 28})
}

// itself connects to the address that was dialled. Nobody takes a wrong port for a pod's there but the pod.
func itself(s *mesh.Snapshot, f flow.Flow, r flow.Result) flow.Result {
	if f.Dial.Outer && f.Addressee.Pod == nil {
		return upstream.KubeProxy(s, f, r.Response)
	}
	pod, gaps := f.Addressee.Pod, []mesh.Gap(nil)
	if pod == nil {
		pod, gaps = flow.PodAt(s, f.Dial.IP)
	}
	r.Unread(gaps...)
	next := upstream.Deliver(f, pod, f.Dial.IP, f.Dial.Port)
	r.Note, r.Args = flow.NoteLeaves, []string{f.Dial.String()}
	if pod != nil {
		r.Note, r.Resource = flow.NotePodDialled, mesh.PodRef(pod)
		r.Candidates = []flow.Candidate{{Ref: r.Resource, Applies: true}}
	}
	r.Next = []flow.Branch{{Flow: next, Share: 1}}
	return r
}

func ofHost(s *mesh.Snapshot, f flow.Flow, r flow.Result) flow.Result {
	h := f.Addressee.Host
	r.Resource, r.Note = h.Ref, flow.NoteEndpoints
	port, ok := h.Port(f.Dial.Port)
	if !ok {
		return unhealthy(f, r, flow.PortNotServed, h.Ref.At("spec.ports"))
	}
	all, gaps := s.Endpoints(h, port)
	r.Unread(gaps...)
	usable := candidates(&r, all, f.Pod, h.NodeLocal)
	usable = r.Known(s, usable)
	r.Presumes = flow.PresumesDerived(usable)
	r.Args = []string{strconv.Itoa(len(usable)), strconv.Itoa(len(all))}
	if len(usable) == 0 && len(r.Gaps) == 0 {
		return unhealthy(f, r, flow.NoEndpoints, cmp.Or(upstream.Misnamed(s, &r, h, port), lacking(h, all)))
	}
	for _, group := range upstream.Groups(s, f, usable) {
		share := float64(upstream.Weight(group)) / float64(upstream.Weight(usable))
		next := upstream.Towards(f, group[0])
		next.Others = group[1:]
		if _, err := netip.ParseAddr(group[0].Address); err == nil {
			if pod := upstream.EndpointPod(s, next.Endpoint); pod != next.Target {
				next = upstream.Deliver(next, pod, next.Wire.IP, next.Wire.Port)
			}
			r.Next = append(r.Next, flow.Branch{Flow: next, Share: share})
			continue
		}
		if done := upstream.Named(f, s, &r, next, share); done {
			return r
		}
	}
	return r
}

// candidates tells of all endpoints, and returns those that can be used.
func candidates(r *flow.Result, all []mesh.Endpoint, client *corev1.Pod, nodeLocal bool) []mesh.Endpoint {
	var usable []mesh.Endpoint
	for _, e := range all {
		c := flow.Candidate{Ref: e.Ref, Applies: true, Matches: evidence.Of(e.Ready)}
		c.Checks = []evidence.Check{{Comparison: &evidence.Comparison{Field: "ready", Want: []string{"true"}}, Got: strconv.FormatBool(e.Ready), Is: evidence.Of(e.Ready)}}
		if e.Pod != nil {
			c.Ref = mesh.PodRef(e.Pod)
		}
		if nodeLocal && client != nil {
			local := evidence.Of(e.Pod != nil && e.Node == client.Spec.NodeName)
			c.Checks = append(c.Checks, evidence.Check{Comparison: &evidence.Comparison{Field: "spec.nodeName", Want: []string{client.Spec.NodeName}}, Got: e.Node, Is: local})
			c.Matches = evidence.And(c.Matches, local)
		}
		r.Candidates = append(r.Candidates, c)
		if c.Matches == evidence.True {
			usable = append(usable, e)
		}
	}
	return usable
}

// lacking is responsible for a host without an endpoint that can be used.
func lacking(h *mesh.Host, all []mesh.Endpoint) mesh.Ref {
	switch {
	case h.NodeLocal && slices.ContainsFunc(all, func(e mesh.Endpoint) bool { return e.Ready }):
		return h.Ref.At("spec.internalTrafficPolicy")
	case h.Entry != nil:
		return h.Ref.At("spec.endpoints")
	}
	return h.Ref.At("spec.selector")
}

// unhealthy: ztunnel has no endpoint for the port.
func unhealthy(f flow.Flow, r flow.Result, why flow.Reason, at mesh.Ref) flow.Result {
	o := ended(f, flow.Outcome{Reason: why, Details: ztunnel.NoHealthyUpstream(netip.AddrPortFrom(f.Dial.IP, uint16(f.Dial.Port))), By: flow.By(flow.Cause, at)})
	e := flow.End(o)
	e.Resource, e.Candidates = at, slices.Concat(r.Candidates, []flow.Candidate{{Ref: at, Applies: true}})
	e.Args = []string{f.Addressee.Host.Name + ":" + strconv.Itoa(f.Dial.Port)}
	if why == flow.PortNotServed {
		e.Args = []string{strconv.Itoa(f.Dial.Port), f.Addressee.Host.PortList()}
	}
	return e
}

// toWaypoint connects to a pod of the waypoint.
func toWaypoint(s *mesh.Snapshot, f flow.Flow, r flow.Result) flow.Result {
	reach := waypoint.ReachOf(s, f.Waypoint)
	r.Resource, r.Note, r.Args = f.Waypoint.Ref, flow.NoteWaypointEndpoints, []string{strconv.Itoa(len(reach.Endpoints)), strconv.Itoa(reach.Listed)}
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: f.Waypoint.Ref, Applies: true})
	if !reach.Service.IsZero() {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: reach.Service, Applies: true})
	}
	r.Unread(reach.Gaps...)
	usable := r.Known(s, reach.Endpoints)
	if len(usable) == 0 && len(r.Gaps) == 0 {
		o := ended(f, flow.Outcome{Reason: flow.WaypointUnreachable, Details: reach.Error, By: flow.By(flow.Cause, f.Waypoint.Ref, reach.Service)})
		e := flow.End(o)
		if c, ok := reach.Scale.Considered(); ok {
			r.Candidates = append(r.Candidates, flow.Candidates([]precedence.Considered{c})...)
		}
		e.Resource, e.Candidates, e.Args = f.Waypoint.Ref, r.Candidates, []string{f.Waypoint.Ref.ID(), flow.CodeMark + string(reach.Because())}
		return e
	}
	r.Presumes = flow.PresumesDerived(usable)
	for _, group := range upstream.Groups(s, f, usable) {
		next := upstream.Towards(f, group[0])
		next.Others, next.To = group[1:], flow.ToWaypoint
		r.Next = append(r.Next, flow.Branch{Flow: next, Share: float64(len(group)) / float64(len(usable))})
	}
	return r
}
