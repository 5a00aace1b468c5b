package waypoint

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Listener finds the chain that takes what comes out of the tunnel: by the Service's address and port that the client dialled, or by the pod's
// address, and whether it is read as HTTP. The identity of the peer is the one that the tunnel shows
// (pilot/pkg/networking/core/listener_waypoint.go, buildWaypointInternal).
func Listener(s *mesh.Snapshot, f flow.Flow) flow.Result {
	gateway := mesh.Ref{Kind: mesh.KubeGateway, Namespace: f.Pod.Namespace, Name: f.Pod.Labels[mesh.GatewayNameLabel]}
	bound, gaps := waypoint.HostsOf(s, gateway)
	f.Client = precedence.Client{Namespace: f.Pod.Namespace, Labels: f.Pod.Labels}
	f.Scope = routing.WaypointScope(s, gateway, bound)
	f.Principal = f.Wire.Tunnel.Peer
	f.Attached = waypoint.Target{Gateway: gateway, Host: f.Addressee.Host}
	f.Wire.IP, f.Wire.Port, f.Wire.Internal = f.Dial.IP, f.Dial.Port, true
	if h := f.Attached.Host; h != nil {
		r := ofHost(s, f, h)
		r.Unread(gaps...)
		return r
	}
	r := flow.Pass(f)
	f.L7 = f.SniffedHTTP(s)
	r.Next[0].Flow = f
	r.Note, r.Args, r.Resource = flow.NoteWaypointWorkload, []string{f.Dial.String(), read(f)}, gateway
	r.Candidates = []flow.Candidate{{Ref: gateway, Applies: true}}
	return r
}

func ofHost(s *mesh.Snapshot, f flow.Flow, h *mesh.Host) flow.Result {
	r := flow.Pass(f)
	r.Note, r.Resource = flow.NoteWaypointService, h.Ref
	r.Candidates = []flow.Candidate{{Ref: h.Ref, Applies: true}}
	port, ok := h.Port(f.Dial.Port)
	if !ok || port.Protocol.Class() == mesh.ClassNone {
		at := h.Ref.At("spec.ports")
		e := flow.End(flow.Outcome{Failure: flow.Terminated, Reason: flow.PortNotServed, By: flow.By(flow.Cause, at)})
		e.Args, e.Resource, e.Candidates = []string{strconv.Itoa(f.Dial.Port)}, at, r.Candidates
		if !ok {
			e.Args = append(e.Args, h.PortList())
		}
		return e
	}
	switch port.Protocol.Class() {
	case mesh.ClassHTTP:
		f.L7 = true
		if f.Payload() != flow.PlainHTTP {
			return notHTTP(f, r, h.Ref.At("spec.ports"))
		}
	case mesh.ClassAuto:
		f.L7 = f.SniffedHTTP(s)
	}
	if !f.L7 {
		f.L4 = f.Scope.WaypointChain(s, h, f.Dial.Port)
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: f.L4.From, Applies: true})
		_, hidden := s.VirtualServices.All()
		r.Unread(hidden...)
	}
	r.Args = []string{strconv.Itoa(f.Dial.Port), port.Protocol.Class().String(), read(f)}
	if len(r.Next) > 0 {
		r.Next[0].Flow = f
	}
	return r
}

func read(f flow.Flow) string {
	if f.L7 {
		return "HTTP"
	}
	return "TCP"
}

// notHTTP: the port is read as HTTP, and these bytes are none.
func notHTTP(f flow.Flow, r flow.Result, at mesh.Ref) flow.Result {
	why := flow.BadRequest
	if f.Payload() == flow.AppTLS {
		why = flow.TLSOnHTTPPort
	}
	e := flow.End(flow.Outcome{Failure: flow.Terminated, Reason: why, By: flow.By(flow.Cause, at)})
	e.Resource, e.Candidates = at, r.Candidates
	return e
}
