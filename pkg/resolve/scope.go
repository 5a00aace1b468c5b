package resolve

import (
	"net/netip"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// scope finds the Sidecar resource that governs the client and with it what its proxy knows.
func scope(s *mesh.Snapshot, f Flow) Result {
	choice := precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels)
	f.Client = precedence.Client{Namespace: f.Pod.Namespace, Labels: f.Pod.Labels}
	f.Scope = precedence.ScopeOf(s, f.Pod.Namespace, choice)
	r := passes(f)
	r.Resource = choice.Ref()
	r.Candidates = candidates(choice.Considered)
	if r.Resource.IsZero() {
		r.Note, r.Effect = NoteScopeDefault, Idle
	} else {
		r.Note = NoteScopeSidecar
	}
	if len(choice.Gaps) > 0 {
		// A hidden Sidecar may leave the destination out, and may have it blocked; or it leaves out what routes the request elsewhere.
		r.Gaps = choice.Gaps
		r.Effect, r.Rejects, r.Reason = Maybe, Unknown, Unread
		r.With = f.replies(502, RegistryOnly, "direct_response")
		r.With.Facts = []string{f.dialled()}
		r.Might = append([]Outcome{f.closed(Outcome{Reason: RegistryOnly, Facts: r.With.Facts})}, anyAnswer()...)
		hidden := f
		hidden.Unrouted = true
		hidden.Wire = Wire{Proxied: true, Source: f.address()}
		read := hidden
		read.L7 = true
		r.Next = []Branch{{Flow: f}, {Flow: read}, {Flow: hidden}}
	}
	return r
}

// listener finds where the client's proxy takes the connection, and whether it reads HTTP there.
func listener(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted {
		return Result{}
	}
	l := f.Scope.OutboundListeners(s, f.Client).Find(f.Dial.IP, f.Dial.Port)
	f.Listener = l
	f.Wire = Wire{Proxied: true, Source: f.address()}
	if gaps := f.hiddenListeners(s); len(gaps) > 0 {
		return f.unknownListener(gaps)
	}
	if l == nil {
		r := unknownDestination(s, f)
		r.Note, r.Facts = NoteNoListener, []string{f.dialled()}
		return r
	}
	r := passes(f)
	if len(l.Hosts) == 1 || len(l.Chains) > 0 {
		for _, h := range l.Hosts {
			r.Candidates = append(r.Candidates, Candidate{Ref: h, Applies: true})
		}
		r.Candidates = uniqueCandidates(r.Candidates)
	}
	r.Resource = l.Hosts[0]
	if f.payload() == plainHTTP && !(f.Request.HTTP10 && l.Detects) && l.TakesHTTP(f.Dial.IP) || l.HTTP && !l.Detects {
		f.L7 = true
		f.Wire.L7 = true
		r.Note, r.Facts = NoteListenerHTTP, []string{itoa(f.Dial.Port)}
		r.Next[0].Flow = f
		if f.payload() != plainHTTP {
			return tlsOnHTTP(r, f)
		}
		return r
	}
	f.L4 = l.Match(f.Dial.IP, f.sni())
	if f.L4 == nil {
		r := unknownDestination(s, f)
		r.Note, r.Facts = NoteNoChain, []string{f.dialled()}
		if l.HTTP {
			// The port is read as HTTP, but these bytes are none: they fall through to what is done with unknown destinations.
			r.Note = NoteNotHTTPOnHTTPPort
			r.Resource = l.Hosts[0]
			r.Candidates = append(r.Candidates, Candidate{Ref: l.Hosts[0], Applies: true})
		}
		return r
	}
	r.Note, r.Facts = NoteListenerTCP, []string{itoa(f.Dial.Port)}
	r.Resource = f.L4.From
	r.Candidates = append(r.Candidates, Candidate{Ref: f.L4.From, Applies: true})
	r.Next[0].Flow = f
	return r
}

// hiddenListeners are unread endpoints of headless hosts that could have a listener at the address, and, for bytes that are no HTTP,
// unread VirtualServices that could send them elsewhere.
func (f Flow) hiddenListeners(s *mesh.Snapshot) []mesh.Gap {
	var gaps []mesh.Gap
	for _, h := range f.Scope.Hosts() {
		if p, ok := h.Port(f.Dial.Port); ok && h.Headless() && p.Protocol.Class() != mesh.ClassHTTP {
			gaps = append(gaps, s.EndpointSlices.Gaps(h.Namespace)...)
		}
	}
	if l := f.Listener; l != nil && len(l.Chains) > 0 && (f.payload() != plainHTTP || !l.HTTP) {
		_, hidden := s.VirtualServices.All()
		gaps = append(gaps, hidden...)
	}
	return uniqueGaps(gaps)
}

// unknownListener ends at a listener that could be another one.
func (f Flow) unknownListener(gaps []mesh.Gap) Result {
	var r Result
	r.unread(gaps...)
	return r
}

// tlsOnHTTP: a listener that does not look at the bytes parses TLS as HTTP, and fails.
func tlsOnHTTP(r Result, f Flow) Result {
	r.Effect, r.Reason, r.Rejects = Rejected, TLSOnHTTPPort, True
	r.With = f.closed(Outcome{Reason: TLSOnHTTPPort, By: by(Cause, f.Listener.Hosts[0].At("spec.ports"))})
	return r
}

// dialled is the address as people write it.
func (f Flow) dialled() string {
	if f.Dial.IP.IsValid() {
		return netip.AddrPortFrom(f.Dial.IP, uint16(f.Dial.Port)).String()
	}
	return f.Dial.Name + ":" + itoa(f.Dial.Port)
}

// sni is the server name in the application's own TLS; none for an address.
func (f Flow) sni() string {
	if f.payload() != appTLS {
		return ""
	}
	return f.hostName()
}

// hostName is the host of the URL if it is a name: what clients put into a TLS handshake.
func (f Flow) hostName() string {
	if _, err := netip.ParseAddr(f.Request.Host); err == nil {
		return ""
	}
	return f.Request.Host
}
