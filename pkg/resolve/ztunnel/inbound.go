package ztunnel

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/policy"
)

// Inbound decides whether a connection to a pod passes the ztunnel of its node. The identity that policies see is that of the proxy which
// opened the tunnel: the client's, or a waypoint's, or a gateway's.
func Inbound(s *mesh.Snapshot, f flow.Flow) flow.Result {
	f.Principal = f.Wire.Tunnel.Peer
	way := capture.Inbound(capture.Of(s, f.Pod), f.Pod, f.Wire.From, f.Wire.Tunnelled())
	if f.Request.Kubelet && way.Way == capture.Through {
		way = capture.Passage{Way: capture.Around, Why: capture.NodesOwn, At: mesh.PodRef(f.Pod).At("spec.nodeName")}
	}
	r := flow.Pass(f)
	r.Resource, r.Note = way.At, flow.NoteServerTaken
	if !way.At.IsZero() {
		r.Candidates = []flow.Candidate{{Ref: way.At, Applies: true}}
	}
	around := f
	around.NotIntercepted = true
	switch way.Way {
	case capture.Refused:
		e := flow.End(flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.ZtunnelNotReady, By: flow.By(flow.Cause, way.At)})
		e.Resource, e.Candidates = r.Resource, r.Candidates
		return e
	case capture.Through:
		if f.Wire.Tunnelled() && slices.Contains(ownPorts, f.Wire.Port) {
			at := mesh.PodRef(f.Pod)
			e := flow.End(flow.Outcome{Failure: flow.TunnelFailed, Reason: flow.RecursiveTunnel, By: flow.By(flow.Cause, at)})
			e.Resource, e.Candidates = at, r.Candidates
			return e
		}
	case capture.Undecided:
		r.Reason, r.Gaps = flow.Unread, []mesh.Gap{{Kind: mesh.Pod, Namespace: way.At.Namespace, Cause: mesh.External, Resource: way.At}}
		r.Next = []flow.Branch{{Flow: f}, {Flow: around}}
		return r
	case capture.Around:
		r.Note, r.Args = flow.NoteZtunnelPassed, []string{flow.CodeMark + string(way.Why)}
		r.Next[0].Flow = around
		return r
	}
	r.Passing = flow.Idle
	return r
}

// ownPorts are those on which ztunnel takes a pod's connections; a tunnel does not lead to them (ztunnel's src/config.rs, illegal_ports).
var ownPorts = []int{15001, 15006, 15008}

// PeerAuthentication refuses plaintext where PeerAuthentications say STRICT: istiod makes DENY policies of them, which a tunnel never meets.
func PeerAuthentication(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	p := ztunnel.PeerAuthentication(s, f.Pod, f.Wire.Port)
	r := flow.Pass(f)
	r.Resource, r.Candidates, r.Args = p.From, flow.Candidates(p.Considered), []string{"STRICT", "", "", wrapped(f)}
	if f.Wire.Tunnelled() {
		r.Note = flow.NoteTunnelAccepted
		return r
	}
	refusal := policy.Ztunnel.Refusal(f, flow.PlaintextRefused, p.Policy)
	refusal.By = refusedBy(f, p)
	switch {
	case len(p.Gaps) > 0:
		r.MayReject(refusal)
		r.Reason, r.Gaps = flow.Unread, p.Gaps
	case p.Refuses:
		r.Reject(refusal)
	default:
		r.Note = flow.NoteZtunnelTakesPlain
	}
	return r
}

// wrapped is the code that tells how the bytes came to be as they are; empty where nothing chose it.
func wrapped(f flow.Flow) string {
	if f.Wire.Why == "" {
		return ""
	}
	return flow.CodeMark + string(f.Wire.Why)
}

// refusedBy is responsible for plaintext that is refused: what sent it so, where that is something that can be set, and what asks for more.
func refusedBy(f flow.Flow, p ztunnel.Peer) []flow.Responsible {
	silent := []flow.Note{flow.NoteClientWithoutSidecar, flow.NoteClientNotEnrolled, flow.NoteClientOptedOut, flow.NoteClientOnHostNetwork, flow.NoteClientIsGateway, flow.NoteClientOutside, flow.NoteClientKubelet, ""}
	switch at := f.Wire.Chosen; {
	case at.IsZero() || slices.Contains(silent, f.Wire.Why):
		return flow.By(flow.Cause, p.From)
	case at.Kind == mesh.Pod:
		return flow.By(flow.Cause, at, p.From)
	default:
		return append(flow.By(flow.Cause, at), flow.By(flow.Requires, p.From)...)
	}
}
