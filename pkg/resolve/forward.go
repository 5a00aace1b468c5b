package resolve

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// forward hands on what a server's proxy let through: to the application's port, or where the Sidecar's ingress sends it.
func forward(_ *mesh.Snapshot, f Flow) Result {
	r := silent(f)
	next := f
	next.To, next.Target = ToApplication, f.Pod
	if f.Bypassed {
		r.Next[0].Flow = next
		return r
	}
	d := cmp.Or(f.Declared, &declared{})
	next.Wire.Proxied, next.Wire.L7 = true, f.L7
	next.Wire.HTTP2, next.Wire.HTTP2By = f.L7 && (d.protocol.IsHTTP2() || d.keepsProtocol && f.arrivesAsHTTP2()), mesh.Ref{}
	if !f.Sealed {
		next.Wire.Transport, next.Wire.Chosen, next.Wire.Why = Plaintext, mesh.Ref{}, ""
	}
	r.Relay = tcpRelay(f)
	if f.L7 {
		r.Relay = httpRelay(f, RouteChoice{Retry: inboundRetry})
	}
	if d.endpoint != "" {
		next.Wire = next.Wire.redirected(d.endpoint)
		r.Effect, r.Note, r.Resource = Passes, NoteIngressEndpoint, d.by
		r.Candidates = []Candidate{{Ref: d.by, Applies: true}}
	}
	r.Next[0].Flow = next
	if len(d.hidden) > 0 && f.L7 && f.arrivesAsHTTP2() && !d.protocol.IsHTTP2() {
		// A hidden DestinationRule may ask for the client's protocol.
		other := next
		other.Wire.HTTP2 = !next.Wire.HTTP2
		r.Effect, r.Reason, r.Gaps = Maybe, Unread, d.hidden
		r.Next = []Branch{{Flow: next}, {Flow: other}}
	}
	return r
}

// redirected is the wire to a Sidecar's defaultEndpoint: an address and a port, or a socket.
func (w Wire) redirected(endpoint string) Wire {
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
