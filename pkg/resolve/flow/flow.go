package flow

import (
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// Flow is what is known of the request where it stands. Stages take it by value, change their copy and hand that on. What a proxy finds out is in
// parts, in the order in which it does.
type Flow struct {
	*Request
	Message  Message  // the HTTP request as the proxies so far left it
	RoutedBy *Message // what this proxy chooses its route by, where that is not how it left the request
	Dial     Dial     // what is dialled from here
	Wire     Wire     // how the bytes come in here

	Handler
	Intake
	Token TokenState
	Routed
	Upstream
	Ambient
	Extensions
}

// Handler is who handles the request now.
type Handler struct {
	At  Party       // who does
	In  Place       // which proxy of theirs
	Pod *corev1.Pod // the pod of that party; nil outside

	Client precedence.Client // the proxy that sends on, as rules see it
	Scope  *routing.Scope    // and what it knows of the mesh
}

// Intake is what a proxy makes of the bytes that come in.
type Intake struct {
	Passthrough    bool // it sends them where they were going anyway, or there is no proxy
	NotIntercepted bool // the proxy of the pod is not on the way
	TLSPassthrough bool // it is, but hands TLS on that it did not take off

	Listener  *routing.Listener     // of a client's sidecar
	Gateway   *config.GatewayServer // the server that takes the request, on a gateway
	Chain     *gateway.Chain        // and the filter chain of it
	Declared  *Declared             // how a server's sidecar knows the port
	L7        bool                  // this proxy reads HTTP
	Principal string                // SPIFFE identity of the peer as this proxy verified it; empty without one
	Remote    netip.Addr            // the client's address as a gateway makes it out
	RemoteSet bool                  // Remote is what a patch says it is, whatever the proxy
	Concealed mesh.Ref              // the Service on whose way a node's address took the place of the client's; none where that did not happen
	Assumed   *Assumption           // what hidden PeerAuthentications are taken to say, on this way of thinking
}

// Routed is how a proxy routes the request.
type Routed struct {
	Table     *config.RouteTable
	VHost     *config.VirtualHost
	Route     *RouteChoice
	L4        *routing.Chain // where it reads no HTTP
	Delay     time.Duration  // by a fault
	DelayedBy mesh.Ref       // the fault, where it is not the route's
}

// Upstream is where a proxy sends the request.
type Upstream struct {
	Cluster  *Cluster
	Endpoint *mesh.Endpoint
	Others   []mesh.Endpoint // further ones that cannot differ from it in what comes of the request
	To       Place           // where the request goes when this party is done
	Target   *corev1.Pod     // the pod of the next party; nil outside
}

// Ambient is what ztunnels and waypoints make of the address that was dialled.
type Ambient struct {
	Addressee ztunnel.Destination // what the client's ztunnel takes the address for
	Waypoint  *waypoint.Waypoint  // that it sends to in place of that; nil where it goes straight
	Attached  waypoint.Target     // what a waypoint takes it for, which decides on policies and routes
}

// Extensions is what EnvoyFilters, WasmPlugins and TrafficExtensions make of the proxy and of the way through it.
type Extensions struct {
	AsOf     time.Time // the listener has not changed since then: the proxy refuses what came later; zero where it takes everything
	Extended *Extended // what they make of the proxy; nil where none is attached to it
	PlainBy  mesh.Ref  // the patch that has the cluster spoken to in plaintext; none where istiod's choice stands
	Patched  *Patched  // and of the route that the request takes; nil where they leave it alone
}

// RoutePort is the port that routes are built for: the listener's, on a gateway the server's.
func (f Flow) RoutePort() int {
	if f.Gateway != nil {
		return f.Gateway.Number()
	}
	return f.Dial.Port
}

// Address is the address that the party sends from; the zero Addr where it is not known.
func (f Flow) Address() netip.Addr {
	if f.Pod == nil {
		return f.Request.SourceIP
	}
	if a := mesh.Addresses(f.Pod); len(a) > 0 {
		return a[0]
	}
	return netip.Addr{}
}

// Payload is what the innermost bytes are.
type Payload int

// The payloads.
const (
	PlainHTTP Payload = iota
	AppTLS            // the application's own TLS, HTTP within
	RawBytes
)

// Payload is what the innermost bytes are where the request stands.
func (f Flow) Payload() Payload {
	switch {
	case f.Request.TLS() && !f.Message.Decrypted:
		return AppTLS
	case f.Request.Raw():
		return RawBytes
	}
	return PlainHTTP
}

// BytesName is the server name in the first bytes; empty for plaintext.
func (f Flow) BytesName() string {
	if f.Wire.Transport != Plaintext {
		return f.Wire.SNI
	}
	return f.OwnServerName()
}

// Namespace is that of the pod of the party, empty outside.
func (f Flow) Namespace() string {
	if f.Pod == nil {
		return ""
	}
	return f.Pod.Namespace
}

// OwnServerName is the server name in the application's own TLS; empty for an address.
func (f Flow) OwnServerName() string {
	if f.Payload() != AppTLS {
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
