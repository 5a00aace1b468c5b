package config

import (
	"slices"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// GatewayServer is a server of a Gateway, as the pods of a gateway take it over.
type GatewayServer struct {
	*networking.Server
	Ref       mesh.Ref
	Gateway   string   // namespace/name, as VirtualServices name it
	Namespace string   // of the Gateway
	Hosts     []string // in lower case: namespace/host for VirtualServices of one namespace, else the host
	Port      int      // the pod's port that it listens on
	Bind      string
	API       bool     // a listener of the Gateway API
	Written   []string // Hosts with the letters that they are written in
	Resolved  bool     // a status says that all that it refers to is there
	Unrouted  bool     // istiod makes no routes for it, see release.PlaintextAfterTLS
}

// Protocol of the server's port.
func (s *GatewayServer) Protocol() mesh.Protocol {
	return mesh.ParseProtocol(s.Server.GetPort().GetProtocol())
}

// Number is the port's number as the Gateway gives it.
func (s *GatewayServer) Number() int { return int(s.Server.GetPort().GetNumber()) }

// Redirects reports whether the server sends plaintext requests to https.
func (s *GatewayServer) Redirects() bool { return s.Server.GetTls().GetHttpsRedirect() }

// HTTP reports whether the server reads HTTP, with or without TLS.
func (s *GatewayServer) HTTP() bool { return s.Protocol().Class() == mesh.ClassHTTP }

// Passthrough reports whether the server hands TLS on unread (tls.mode PASSTHROUGH or AUTO_PASSTHROUGH).
func (s *GatewayServer) Passthrough() bool {
	m := s.Server.GetTls().GetMode()
	return s.Server.Tls != nil && (m == networking.ServerTLSSettings_PASSTHROUGH || m == networking.ServerTLSSettings_AUTO_PASSTHROUGH)
}

// Secure tells a server that expects TLS; on a port for HTTP tls holds nothing but the redirect.
func (s *GatewayServer) Secure() bool { return s.Server.Tls != nil && !s.HTTP() }

// GatewaySource is a Gateway, or a listener of one of the Gateway API.
type GatewaySource struct {
	Ref       mesh.Ref
	Name      string // namespace/name, as routes are bound to it
	Namespace string
	Created   time.Time
	Selector  map[string]string
	Services  []string // the Services that it serves, for the Gateway API; nil where a selector decides
	Managed   bool     // its pods are made by Istio
	Resolved  bool     // its status says that all that it refers to is there
	Servers   []*networking.Server
	Refs      []mesh.Ref // of the servers
}

// Lowered returns hosts in lower case.
func Lowered(hosts []string) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = strings.ToLower(h)
	}
	return out
}

// Intersect keeps of each pair of hosts that overlap the narrower one (pkg/config/host/names.go, Intersection).
func Intersect(a, b []string) []string {
	var out []string
	add := func(h string) {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for _, x := range a {
		for _, y := range b {
			switch {
			case mesh.HostWithin(x, y):
				add(x)
			case mesh.HostWithin(y, x):
				add(y)
			}
		}
	}
	return out
}
