package client

import (
	"net/netip"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Listener finds where the client's proxy takes the connection, and whether it reads HTTP there. Own is what a listener of the proxy's own does, which
// no resource asks for.
func Listener(own func(flow.Flow) flow.Result) func(*mesh.Snapshot, flow.Flow) flow.Result {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result { return listens(s, f, own) }
}

func listens(s *mesh.Snapshot, f flow.Flow, own func(flow.Flow) flow.Result) flow.Result {
	if f.Passthrough {
		return flow.Result{}
	}
	l := f.Scope.OutboundListeners(s, f.Client).Find(f.Dial.IP, f.Dial.Port)
	f.Listener = l
	f.Wire = flow.Wire{Proxied: true, Source: f.Address()}
	if gaps := hiddenListeners(f, s); len(gaps) > 0 {
		return unknownListener(gaps)
	}
	if agent.Everywhere(f.Dial.Port) && (l == nil || l == f.Scope.OutboundListeners(s, f.Client).Find(netip.Addr{}, f.Dial.Port)) {
		return own(f)
	}
	if l == nil {
		r := upstream.UnknownDestination(s, f)
		r.Note, r.Args = flow.NoteNoListener, []string{f.Dial.String()}
		return r
	}
	r := flow.Pass(f)
	if len(l.Hosts) == 1 || len(l.Chains) > 0 {
		for _, h := range l.Hosts {
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: h, Applies: true})
		}
		r.Candidates = flow.UniqueCandidates(r.Candidates)
	}
	r.Resource = l.Hosts[0]
	if f.Payload() == flow.PlainHTTP && (f.SniffedHTTP(s) || !l.Detects) && l.TakesHTTP(f.Dial.IP) || l.HTTP && !l.Detects {
		f.L7 = true
		f.Wire.L7 = true
		r.Note, r.Args = flow.NoteListenerHTTP, []string{strconv.Itoa(f.Dial.Port)}
		r.Next[0].Flow = f
		if f.Payload() != flow.PlainHTTP {
			return tlsOnHTTP(r, f)
		}
		return r
	}
	f.L4 = l.Match(f.Dial.IP, f.OwnServerName())
	if f.L4 == nil {
		r := upstream.UnknownDestination(s, f)
		r.Note, r.Args = flow.NoteNoChain, []string{f.Dial.String()}
		if l.HTTP {
			// The port is read as HTTP, but these bytes are none: they fall through to what is done with unknown destinations.
			r.Note = flow.NoteNotHTTPOnHTTPPort
			r.Resource = l.Hosts[0]
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: l.Hosts[0], Applies: true})
		}
		return r
	}
	r.Note, r.Args = flow.NoteListenerTCP, []string{strconv.Itoa(f.Dial.Port)}
	r.Resource = f.L4.From
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: f.L4.From, Applies: true})
	r.Next[0].Flow = f
	return r
}

// hiddenListeners are unread endpoints of headless hosts that could have a listener at the address, and, for bytes that are no HTTP,
// unread VirtualServices that could send them elsewhere.
func hiddenListeners(f flow.Flow, s *mesh.Snapshot) []mesh.Gap {
	var gaps []mesh.Gap
	for _, h := range f.Scope.Hosts() {
		if p, ok := h.Port(f.Dial.Port); ok && h.Headless() && p.Protocol.Class() != mesh.ClassHTTP {
			gaps = append(gaps, s.EndpointSlices.Gaps(h.Namespace)...)
		}
	}
	if l := f.Listener; l != nil && len(l.Chains) > 0 && (f.Payload() != flow.PlainHTTP || !l.HTTP) {
		_, hidden := s.VirtualServices.All()
		gaps = append(gaps, hidden...)
	}
	return flow.UniqueGaps(gaps)
}

// unknownListener ends at a listener that could be another one.
func unknownListener(gaps []mesh.Gap) flow.Result {
	var r flow.Result
	r.Unread(gaps...)
	return r
}

// tlsOnHTTP: a listener that does not look at the bytes parses TLS as HTTP, and fails.
func tlsOnHTTP(r flow.Result, f flow.Flow) flow.Result {
	r.Reject(f.Closed(flow.Outcome{Reason: flow.TLSOnHTTPPort, By: flow.By(flow.Cause, f.Listener.Hosts[0].At("spec.ports"))}))
	return r
}
