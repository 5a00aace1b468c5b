package waypoint

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Workload sends on what was dialled by a pod's address: always through a tunnel, whether the pod takes one or not.
func Workload(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Attached.Host != nil {
		return flow.Result{}
	}
	pod := f.Addressee.Pod
	next := upstream.Deliver(f, pod, f.Dial.IP, f.Dial.Port)
	takes, at := capture.TakesHBONE(pod)
	next.Wire.Tunnel = flow.Tunnel{Peer: upstream.IdentityOf(s, f), At: at}
	next.Wire.Chosen, next.Wire.Why = at, flow.NoteTunnel
	r := flow.Pass(next)
	r.Resource, r.Note, r.Response = mesh.PodRef(pod), flow.NotePodDialled, upstream.Response(s, f)
	r.Args, r.Candidates = []string{f.Dial.String()}, []flow.Candidate{{Ref: at, Applies: true}}
	if takes {
		return r
	}
	o := verdict.HandBack(r.Response, []flow.Outcome{{Failure: flow.Terminated, Reason: flow.TunnelRefused, By: flow.By(flow.Cause, at)}})[0]
	e := flow.End(o)
	e.Resource, e.Candidates = at, r.Candidates
	return e
}

// own tells a destination that is bound to this waypoint: its endpoints it reaches through tunnels or in plaintext. Others it reaches as a
// gateway does.
func own(s *mesh.Snapshot, f flow.Flow) bool {
	return f.Cluster != nil && waypoint.Serves(s, f.Attached.Gateway, f.Cluster.Host)
}

// Tunnel opens an HBONE tunnel to an endpoint that takes one.
func Tunnel(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !own(s, f) {
		return upstream.Tunnel(s, f)
	}
	if f.Endpoint == nil {
		return flow.Result{}
	}
	if takes, at := capture.Tunnels(s, capture.Waypoint, upstream.EndpointPod(s, f.Endpoint)); takes {
		return upstream.Into(s, f, at)
	}
	return flow.Result{}
}

// ClientTLS is how a waypoint sends on: without a tunnel a waypoint sends to its own Services in plaintext, never by mutual TLS of Istio's older kind
// (pilot/pkg/networking/core/cluster_waypoint.go, buildWaypointTLSContext).
func ClientTLS(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if !own(s, f) {
		return upstream.ClientTLS(s, f)
	}
	if f.Wire.Tunnelled() {
		return flow.Result{}
	}
	at := f.Cluster.Host.Ref
	if f.Endpoint != nil && f.Endpoint.Pod != nil {
		at = mesh.PodRef(f.Endpoint.Pod)
	}
	return upstream.Bare(s, f, at)
}
