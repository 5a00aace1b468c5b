package server

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Forward hands on what a server's proxy let through: to the application's port, or where the Sidecar's ingress sends it.
func Forward(s *mesh.Snapshot, f flow.Flow) flow.Result {
	r := flow.Unseen(f)
	next := f
	next.To, next.Target, next.Wire.Tunnel = flow.ToApplication, f.Pod, flow.Tunnel{}
	if agent.PortOf(f.Pod, f.Wire.Port) != agent.None {
		next.To = flow.ToAgent
	}
	if f.NotIntercepted {
		r.Next[0].Flow = next
		return r
	}
	d := cmp.Or(f.Declared, &flow.Declared{})
	next.Wire.Proxied, next.Wire.L7 = true, f.L7
	next.Wire.HTTP2, next.Wire.HTTP2By = f.L7 && (d.Protocol.IsHTTP2() || d.KeepsProtocol && f.ArrivesAsHTTP2()), mesh.Ref{}
	if !f.TLSPassthrough {
		next.Wire.Transport, next.Wire.Chosen, next.Wire.Why = flow.Plaintext, mesh.Ref{}, ""
	}
	r.Response = f.Responds(s, flow.RouteChoice{Retry: verdict.InboundRetry(s)})
	if d.Endpoint != "" {
		next.Wire = redirected(next.Wire, d.Endpoint)
		r.Passing, r.Note, r.Resource = flow.Passes, flow.NoteIngressEndpoint, d.By
		r.Candidates = []flow.Candidate{{Ref: d.By, Applies: true}}
	}
	r.Next[0].Flow = next
	if len(d.Hidden) > 0 && f.L7 && f.ArrivesAsHTTP2() && !d.Protocol.IsHTTP2() {
		// A hidden DestinationRule may ask for the client's protocol.
		other := next
		other.Wire.HTTP2 = !next.Wire.HTTP2
		r.Reason, r.Gaps = flow.Unread, d.Hidden
		r.Next = []flow.Branch{{Flow: next}, {Flow: other}}
	}
	return r
}

// redirected is the wire to a Sidecar's defaultEndpoint: an address and a port, or a socket.
func redirected(w flow.Wire, endpoint string) flow.Wire {
	host, port, ok := strings.Cut(endpoint, ":")
	if n, err := strconv.Atoi(port); ok && err == nil && host != "unix" {
		w.Port = n
		if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() && !ip.IsLoopback() {
			w.IP = ip
		}
		return w
	}
	w.Socket = endpoint
	return w
}
