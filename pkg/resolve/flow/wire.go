package flow

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Dial is an address that is dialled.
type Dial struct {
	Name string     // what was asked for
	IP   netip.Addr // the zero Addr for an address that is not in the cluster
	Port int
	Host *mesh.Host // the Service that has the address, or whose pod it is where the Service is headless
	Self bool       // an address of the pod itself

	Outer       bool   // the address is one by which the Service is dialled from outside
	ServicePort int    // of the Service, where the port is one of a node's; 0 otherwise
	Node        string // whose address it is
}

// HostPort is the port of the Service that is dialled.
func (d Dial) HostPort() int { return cmp.Or(d.ServicePort, d.Port) }

// String is the address as people write it.
func (d Dial) String() string {
	if d.IP.IsValid() {
		return netip.AddrPortFrom(d.IP, uint16(d.Port)).String()
	}
	return d.Name + ":" + strconv.Itoa(d.Port)
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
	Lacks     Lacking  // a Secret that the client's proxy does not get, so that it opens no connection
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

// Lacking is a Secret that a proxy needs for TLS and does not get. Its zero value is none.
type Lacking struct {
	Secret mesh.Ref
	Flaw   string // what is wrong with it, as a code of the catalogue
}

// Tunnel is an HBONE tunnel that bytes come in, whichever way they are wrapped within it. Its zero value is none.
type Tunnel struct {
	Peer string   // SPIFFE identity in the certificate of the proxy that opened it; never empty for a tunnel
	At   mesh.Ref // what makes the other end one that takes it
}

// Tunnelled reports whether bytes come in an HBONE tunnel.
func (w Wire) Tunnelled() bool { return w.Tunnel.Peer != "" }

// AcceptsIdentity reports whether the client takes a server with that identity.
func (w Wire) AcceptsIdentity(identity string) bool {
	return len(w.Accepts) == 0 || slices.Contains(w.Accepts, identity)
}
