package rbac

import (
	"net/netip"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Subject is a request as the filters of one proxy see it. On a TCP chain it has neither method, authority, path nor headers.
type Subject struct {
	Method    string
	Authority string
	Path      string // without query and fragment
	Headers   Headers

	Principal   string     // of the peer's certificate, with spiffe://; empty for a peer without identity
	Direct      netip.Addr // socket peer; the zero Addr where it is not known
	Internal    bool       // the socket peer is one within the proxy, which has no address
	Remote      netip.Addr // the client as the proxy makes it out, ditto
	Destination netip.Addr // the address that the connection came in at
	Port        int        // its port
	ServerName  string     // SNI of the connection; empty without one

	TokenKnown evidence.Tri    // Unknown where it is not known which claims were verified
	Claims     jwtauthn.Claims // of the verified token; nil without one
}

// Headers are those of a request.
type Headers interface {
	// Lines returns the lines of a header, joined where the proxy joins them before filters see them. The name is in lower case, and may
	// be a pseudo-header's.
	Lines(name string) []string
	// Hides reports whether the lines of a header are not known, since something that is not modelled may have written it.
	Hides(name string) bool
}
