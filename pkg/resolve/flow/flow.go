package flow

import (
	"net/netip"
	"slices"
	"strconv"
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

// RoutePort is the port that routes are built for: the listener's, on a gateway the server's.
func (f Flow) RoutePort() int {
	if f.Gateway != nil {
		return f.Gateway.Number()
	}
	return f.Dial.Port
}

// Flow is what is known of the request where it stands. Stages take it by value, change their copy and hand that on.
type Flow struct {
	*Request
	Message Message // the HTTP request as the proxies so far left it

	RoutedBy *Message    // what this proxy chooses its route by, where that is not how it left the request
	At       Party       // who handles it now
	In       Place       // which proxy of theirs does
	Pod      *corev1.Pod // the pod of that party; nil outside

	Dial Dial // what is dialled from here
	Wire Wire // how the bytes come in here

	Client    precedence.Client // the proxy that sends on, as rules see it
	Scope     *routing.Scope
	Listener  *routing.Listener
	Gateway   *config.GatewayServer // the server that takes the request, on a gateway
	L7        bool                  // this proxy reads HTTP
	Principal string                // SPIFFE identity of the peer as this proxy verified it; empty without one
	Declared  *Declared             // how this proxy knows the port, on a server
	Chain     *gateway.Chain        // the filter chain that takes it, on a gateway
	Remote    netip.Addr            // the client's address as a gateway makes it out
	RemoteSet bool                  // Remote is what a patch says it is, whatever the proxy

	Unrouted bool // the proxy sends it where it was going anyway, or there is no proxy
	Bypassed bool // the proxy of the pod is not on the way
	Sealed   bool // it is, but hands TLS on that it did not take off

	Table *config.RouteTable
	VHost *config.VirtualHost
	Route *RouteChoice
	L4    *routing.Chain

	Cluster  *Cluster
	Endpoint *mesh.Endpoint
	Others   []mesh.Endpoint // further ones that cannot differ from it in what comes of the request

	Addressee ztunnel.Destination // what the client's ztunnel takes the dialled address for
	Waypoint  *waypoint.Waypoint  // that it sends to in place of that; nil where it goes straight
	Attached  waypoint.Target     // what a waypoint takes it for, which decides on policies and routes

	Assumed *Assumption // what hidden PeerAuthentications are taken to say, on this way of thinking
	Token   TokenState

	AsOf     time.Time // the listener has not changed since then: the proxy refuses what came later; zero where it takes everything
	Extended *Extended // what extensions make of this proxy; nil where none is attached to it
	PlainBy  mesh.Ref  // the patch that has the cluster spoken to in plaintext; none where istiod's choice stands
	Patched  *Patched  // and of the route that the request takes; nil where they leave it alone

	To        Place         // where it goes when this party is done
	Target    *corev1.Pod   // the pod of the next party; nil outside
	Delay     time.Duration // by a fault, at this proxy
	DelayedBy mesh.Ref      // the fault, where it is not the route's
}

// Message is an HTTP request.
type Message struct {
	Method    string
	Authority string
	Path      string // with the query
	Headers   Headers
	Hidden    Hidden // what is not known of the headers
	Scheme    string
	HTTP2     bool
}

// Dial is an address that is dialled.
type Dial struct {
	Name string     // what was asked for
	IP   netip.Addr // the zero Addr for an address that is not in the cluster
	Port int
	Host *mesh.Host // the Service that has the address, or whose pod it is where the Service is headless
	Self bool       // an address of the pod itself
}

// Transport is how bytes are wrapped by the proxy that sends them.
type Transport int

// The transports.
const (
	Plaintext   Transport = iota
	IstioMutual           // mutual TLS with the mesh's certificates
	OneWayTLS             // TLS without a client certificate
	MutualTLS             // TLS with a client certificate of a DestinationRule's
)

func (t Transport) String() string {
	return [...]string{"plaintext", "mutual TLS", "TLS", "TLS with a client certificate"}[t]
}

// Wire is how bytes arrive at a party.
type Wire struct {
	Transport Transport
	Proxied   bool   // a proxy sends them
	L7        bool   // and it read HTTP; else it hands on what it got
	Principal string // SPIFFE identity in the client certificate; empty without one
	SNI       string
	Accepts   []string // identities of the server that the client takes; none: any
	CA        string   // the authorities that it takes, where they are not the public ones
	Verifies  bool     // the client checks the server's certificate against public or given authorities
	Source    netip.Addr
	IP        netip.Addr // the address it comes in at
	Port      int
	Socket    string   // in place of address and port: where a Sidecar's ingress sends it
	Chosen    mesh.Ref // the field that decided on the transport
	Why       Note     // and how it came about
	Self      bool     // a proxy sends it to its own pod
	HTTP2     bool
	HTTP2By   mesh.Ref // what asks for it, where no Service's port does
	PassedOn  mesh.Ref // the server of a Gateway that handed it on as TLS
	Tunnel    Tunnel
	From      *corev1.Pod // that sends them; nil outside of the cluster
	Internal  bool        // they come out of a listener within the proxy, whose peer has no IP address
}

// Tunnel is an HBONE tunnel that bytes come in, whichever way they are wrapped within it. Its zero value is none.
type Tunnel struct {
	Peer string   // SPIFFE identity in the certificate of the proxy that opened it; never empty for a tunnel
	At   mesh.Ref // what makes the other end one that takes it
}

// Tunnelled reports whether bytes come in an HBONE tunnel.
func (w Wire) Tunnelled() bool { return w.Tunnel.Peer != "" }

// Place is where a request goes next.
type Place int

// The places.
const (
	Nowhere Place = iota
	ToClientSidecar
	ToServerSidecar
	ToGateway
	ToClientZtunnel
	ToServerZtunnel
	ToWaypoint
	ToApplication
	ToUnmodelled
)

// RouteChoice is the route that takes a request.
type RouteChoice struct {
	Route    *config.Route // nil for the default route to a host
	Ref      mesh.Ref
	Retry    Retry
	Timeout  time.Duration // 0 for none
	Redirect bool          // a gateway's own redirect to https
}

// Part points at a part of the route; of a default route at the host.
func (c RouteChoice) Part(path string) mesh.Ref {
	if c.Route == nil {
		return c.Ref
	}
	return c.Route.HTTP.Part(path)
}

// Cluster is a destination: a port of a host, or a subset of it.
type Cluster struct {
	Host   *mesh.Host
	Port   mesh.Port
	Subset string
	Rule   precedence.RuleChoice
	From   mesh.Ref // what names the destination
	HTTP2  bool

	HTTP2By mesh.Ref // what asks for it, where the port does not
}

// Name is the destination as people write it.
func (c *Cluster) Name() string {
	s := c.Host.Name + ":" + strconv.Itoa(c.Port.Number)
	if c.Subset != "" {
		s += " subset " + c.Subset
	}
	return s
}

// AcceptsIdentity tells whether the client takes a server with that identity.
func (w Wire) AcceptsIdentity(identity string) bool {
	return len(w.Accepts) == 0 || slices.Contains(w.Accepts, identity)
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

// PartyOf names a pod.
func PartyOf(p *corev1.Pod, role Role) Party {
	if p == nil {
		return Party{Role: role}
	}
	return Party{p.Namespace, p.Name, role}
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
	case f.Request.TLS() && !f.terminated():
		return AppTLS
	case f.Request.Raw():
		return RawBytes
	}
	return PlainHTTP
}

// terminated tells whether a gateway took off the client's TLS.
func (f Flow) terminated() bool { return f.Message.Scheme == "https-terminated" }

// Assumption is what the PeerAuthentications of a namespace are taken to say where nobody could read them.
type Assumption struct{ Namespace, Workload precedence.Mode }

// Mode is the mode of the workload, or else that of its namespace.
func (a Assumption) Mode() precedence.PeerMode {
	if a.Workload != precedence.Unset {
		return precedence.PeerMode{Mode: a.Workload}
	}
	return precedence.PeerMode{Mode: a.Namespace}
}

// BytesName is the server name in the first bytes; empty for plaintext.
func (f Flow) BytesName() string {
	if f.Wire.Transport != Plaintext {
		return f.Wire.SNI
	}
	return f.Sni()
}

// Namespace is that of the pod of the party, empty outside.
func (f Flow) Namespace() string {
	if f.Pod == nil {
		return ""
	}
	return f.Pod.Namespace
}

// Dialled is the address as people write it.
func (f Flow) Dialled() string {
	if f.Dial.IP.IsValid() {
		return netip.AddrPortFrom(f.Dial.IP, uint16(f.Dial.Port)).String()
	}
	return f.Dial.Name + ":" + strconv.Itoa(f.Dial.Port)
}

// Sni is the server name in the application's own TLS; none for an address.
func (f Flow) Sni() string {
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
