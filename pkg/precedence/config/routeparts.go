package config

import (
	"iter"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// clientMatch is what a match asks of the client; matches of HTTP, of TLS and of TCP all can.
type clientMatch interface {
	GetGateways() []string
	GetSourceLabels() map[string]string
	GetSourceNamespace() string
}

// HttpMatches are the matches of the HTTP routes.
func (v *VirtualService) HttpMatches() iter.Seq[clientMatch] {
	return func(yield func(clientMatch) bool) {
		for _, r := range v.HTTP {
			for _, m := range r.Match {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// L4Matches are the matches of the routes of TLS and of TCP.
func (v *VirtualService) L4Matches() iter.Seq[clientMatch] {
	return func(yield func(clientMatch) bool) {
		for _, r := range v.TLS {
			for _, m := range r.Match {
				if !yield(m) {
					return
				}
			}
		}
		for _, r := range v.TCP {
			for _, m := range r.Match {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// Matches are those of all routes.
func (v *VirtualService) Matches() iter.Seq[clientMatch] {
	return func(yield func(clientMatch) bool) {
		for _, list := range []iter.Seq[clientMatch]{v.HttpMatches(), v.L4Matches()} {
			for m := range list {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// LooksAtLabels reports whether any of the matches has sourceLabels.
func LooksAtLabels(matches iter.Seq[clientMatch]) bool {
	for m := range matches {
		if len(m.GetSourceLabels()) > 0 {
			return true
		}
	}
	return false
}

// HttpDestinations are where a route sends requests to, and copies of them. Some may be nil.
func HttpDestinations(r *networking.HTTPRoute) []*networking.Destination {
	out := make([]*networking.Destination, 0, len(r.Route)+len(r.Mirrors)+1)
	for _, d := range r.Route {
		out = append(out, d.Destination)
	}
	out = append(out, r.Mirror)
	for _, m := range r.Mirrors {
		out = append(out, m.Destination)
	}
	return out
}

// L4Destinations are where a route of TLS or TCP sends connections to.
func L4Destinations(r interface {
	GetRoute() []*networking.RouteDestination
}) []*networking.Destination {
	var out []*networking.Destination
	for _, d := range r.GetRoute() {
		out = append(out, d.Destination)
	}
	return out
}

// resolveHTTP returns the route with full names: itself if it has no others, else a copy.
func resolveHTTP(r *networking.HTTPRoute, namespace string) *networking.HTTPRoute {
	if complete(r.Match, HttpDestinations(r), namespace) {
		return r
	}
	r = r.DeepCopy()
	for _, m := range r.Match {
		m.Gateways = gatewayNames(m.Gateways, namespace)
	}
	resolveDestinations(HttpDestinations(r), namespace)
	return r
}

func resolveTLS(r *networking.TLSRoute, namespace string) *networking.TLSRoute {
	if complete(r.Match, L4Destinations(r), namespace) {
		return r
	}
	r = r.DeepCopy()
	for _, m := range r.Match {
		m.Gateways = gatewayNames(m.Gateways, namespace)
	}
	resolveDestinations(L4Destinations(r), namespace)
	return r
}

func resolveTCP(r *networking.TCPRoute, namespace string) *networking.TCPRoute {
	if complete(r.Match, L4Destinations(r), namespace) {
		return r
	}
	r = r.DeepCopy()
	for _, m := range r.Match {
		m.Gateways = gatewayNames(m.Gateways, namespace)
	}
	resolveDestinations(L4Destinations(r), namespace)
	return r
}

// complete reports whether names need not be resolved.
func complete[M clientMatch](matches []M, destinations []*networking.Destination, namespace string) bool {
	for _, m := range matches {
		if len(m.GetGateways()) > 0 {
			return false
		}
	}
	for _, d := range destinations {
		if d != nil && mesh.ResolveHost(d.Host, namespace) != d.Host {
			return false
		}
	}
	return true
}

func resolveDestinations(list []*networking.Destination, namespace string) {
	for _, d := range list {
		if d != nil {
			d.Host = mesh.ResolveHost(d.Host, namespace)
		}
	}
}
