package gatewayapi

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// unservedHosts notes host names of a route that none of the listeners which took the route serves, and what keeps each one away: a
// listener with a more specific name, one that cannot be served, or one that has the name and did not take the route.
func (g *gatewayAPI) unservedHosts(r *apiRoute, attached []attachment, denied map[*apiListener]*denial) {
	for _, a := range attached {
		if a.listener == nil {
			return // in the mesh the parent's names count
		}
	}
	if len(attached) == 0 {
		return
	}
	for i, host := range r.hostnames {
		d := g.unserved(r, host, attached)
		if d == nil {
			continue
		}
		for _, l := range g.listeners {
			if d.why == precedence.NoMatchingListenerHostname && denied[l] != nil && denied[l].why == precedence.NotAllowedByListeners && l.has(host) {
				d = denied[l]
			}
		}
		g.lose([]string{host}, r.ref.At(config.Nth("spec.hostnames", i)), d.why, d.by)
	}
}

// unserved tells why no listener serves a host name; nil where one does. Server names are not kept apart as other host names are.
func (g *gatewayAPI) unserved(r *apiRoute, host string, attached []attachment) *denial {
	out := &denial{why: precedence.NoMatchingListenerHostname}
	for _, a := range attached {
		served, other := a.listener.has(host), (*apiListener)(nil)
		if served && (r.http != nil || r.grpc != nil) {
			served, other = g.serves(a.listener, host)
		}
		switch {
		case served && a.listener.programmed:
			return nil
		case served:
			out = &denial{why: precedence.ListenerNotProgrammed, by: a.listener.ref}
		case other != nil && out.why == precedence.NoMatchingListenerHostname:
			out = &denial{why: precedence.ListenerIsolation, by: other.ref}
		}
	}
	return out
}

func (l *apiListener) has(host string) bool {
	return l.hostname() == "" || mesh.HostsOverlap(host, strings.ToLower(l.hostname()))
}
