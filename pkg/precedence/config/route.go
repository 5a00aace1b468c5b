package config

import (
	"slices"
	"strconv"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Route is one route of a virtual host: an entry of a VirtualService with one of its matches.
type Route struct {
	VS    *VirtualService
	HTTP  HTTPRoute
	Match *networking.HTTPMatchRequest // nil matches everything
	Ref   mesh.Ref                     // the match, or the entry where it has none
}

// Proxy is what routes are built for: a proxy's own facts, which decide on parts of a match before any request comes.
type Proxy struct {
	precedence.Client
	Gateways []string // MeshGateway, or the gateways whose servers share the route table
	NoLabels bool     // matches that ask for labels of the client are left out
}

// Routes builds the routes of a VirtualService for a proxy and a port. What the proxy itself does not meet is left out; the first
// route that matches everything ends the list (pilot/pkg/networking/core/route/route.go, BuildHTTPRoutesForVirtualService).
func (v *VirtualService) Routes(p Proxy, port int) []Route {
	var out []Route
	for _, h := range v.HTTP {
		if len(h.Match) == 0 {
			return append(out, Route{VS: v, HTTP: h, Ref: h.Ref})
		}
		for i, m := range h.Match {
			if m.Port != 0 && int(m.Port) != port || !p.meets(m) {
				continue
			}
			r := Route{VS: v, HTTP: h, Match: m, Ref: h.Part("match[" + strconv.Itoa(i) + "]")}
			out = append(out, r)
			if r.CatchAll() {
				return out
			}
		}
	}
	return out
}

// meets decides on the source of a match, its sourceLabels and sourceNamespace: a match that names gateways, this one among them, is not asked for
// them any more, and a waypoint drops one with sourceLabels (pilot/pkg/networking/core/route/route.go, sourceMatchHTTP).
func (p Proxy) meets(m *networking.HTTPMatchRequest) bool {
	if p.NoLabels && len(m.SourceLabels) > 0 {
		return false
	}
	if len(m.Gateways) > 0 {
		return slices.ContainsFunc(m.Gateways, func(g string) bool { return slices.Contains(p.Gateways, g) })
	}
	return mesh.Selects(m.SourceLabels, p.Labels) && (m.SourceNamespace == "" || m.SourceNamespace == p.Namespace)
}

// CatchAll tells a route that matches whatever comes: path prefix / or expression .*, and no other condition
// (pilot/pkg/networking/core/route/route.go, IsCatchAllRoute).
func (r Route) CatchAll() bool {
	m := r.Match
	if m == nil {
		return true
	}
	path := m.Uri == nil || m.Uri.GetPrefix() == "/" || m.Uri.GetRegex() == ".*"
	return path && len(m.Headers) == 0 && len(m.WithoutHeaders) == 0 && len(m.QueryParams) == 0 &&
		m.Method == nil && m.Authority == nil && m.Scheme == nil
}

// VirtualHost is what answers for some host names on a port.
type VirtualHost struct {
	Domains []string   // in lower case; "*" takes every name
	Host    *mesh.Host // the host of the registry; nil for a name that only a VirtualService has
	Name    string
	VS      *VirtualService // nil for the default route to the host
	Routes  []Route         // of the VirtualService, or of all that a gateway merges

	Merged     []*VirtualService // on a gateway
	RequireTLS mesh.Ref          // the server's field that sends plaintext requests to https
}
