package listeners

import (
	"cmp"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// Listener is a listener of a Gateway, or of a ListenerSet that adds to one.
type Listener struct {
	gatewayv1.Listener
	Ref      mesh.Ref           // the entry of spec.listeners
	Owner    mesh.Ref           // the object that routes name as their parent
	gateway  *gatewayv1.Gateway // whose pods serve it
	labels   map[string]string  // of the owner
	Created  time.Time
	Services []string
	Managed  bool

	conditions []metav1.Condition // of its status

	Kinds      []string // of routes
	Server     *networking.Server
	Programmed bool
}

// GatewayName is what routes are bound to: namespace/gateway~listener. No Gateway of Istio's own can be called so.
func (l *Listener) GatewayName() string {
	return l.Owner.Namespace + "/" + l.Owner.Name + "~" + string(l.Name)
}

// Host is the listener's hostname, empty where it takes every name.
func (l *Listener) Host() string { return string(ptr.Deref(l.Hostname, "")) }

// program builds the server of a listener. It stays without one where there is none to build even for a status (conversion.go,
// buildListener).
func (g *listening) program(l *Listener) *resource.Refusal {
	encrypted := l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType
	if encrypted && l.TLS == nil {
		return &resource.Refusal{Why: precedence.TLSNotConfigured, Field: "tls"}
	}
	tls, fault := g.serverTLS(l)
	l.Kinds = l.routeKinds()
	l.Server = &networking.Server{Tls: tls, Hosts: g.serverHostsOf(l),
		Port: &networking.Port{Name: "default", Number: uint32(l.Port), Protocol: string(l.Protocol)}}
	switch {
	case l.Protocol == gatewayv1.HTTPProtocolType, l.Protocol == gatewayv1.HTTPSProtocolType:
	case l.Protocol == gatewayv1.TLSProtocolType && (g.Reads(release.TLSRoutesRead) || !g.Reads(release.ProtocolsChecked)):
	case l.Protocol == gatewayv1.TCPProtocolType && (g.Reads(release.TCPRoutesRead) || !g.Reads(release.ProtocolsChecked)):
	default:
		return &resource.Refusal{Why: precedence.UnsupportedProtocol, Field: "protocol"}
	}
	if l.Port == 0 {
		return &resource.Refusal{Why: precedence.UnsupportedProtocol, Field: "port"}
	}
	return fault
}

// serverHostsOf makes a host for each namespace whose routes the listener takes; where that is none the name still counts for TLS
// (buildHostnameMatch).
func (g *listening) serverHostsOf(l *Listener) []string {
	host := cmp.Or(l.Host(), "*")
	var out []string
	for _, ns := range g.allowedNamespaces(l) {
		out = append(out, ns+"/"+strings.ToLower(host))
	}
	if len(out) == 0 {
		out = []string{"~/" + strings.ToLower(host)}
	}
	return out
}

// Has reports whether the listener's hostname and a host name overlap.
func (l *Listener) Has(host string) bool {
	return l.Host() == "" || mesh.HostsOverlap(host, strings.ToLower(l.Host()))
}
