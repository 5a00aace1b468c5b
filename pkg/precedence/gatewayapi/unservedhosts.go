package gatewayapi

import (
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/listeners"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// unservedHosts notes host names of a route that none of the listeners which took the route serves, and what keeps each one away: a
// listener with a more specific name, one that cannot be served, or one that has the name and did not take the route.
func (g *gatewayAPI) unservedHosts(r *resource.Route, attached []attachment, denied map[*listeners.Listener]*denial) {
	for _, a := range attached {
		if a.listener == nil {
			return // in the mesh the parent's names count
		}
	}
	if len(attached) == 0 {
		return
	}
	for i, host := range r.Hostnames {
		d := g.unserved(r, host, attached)
		if d == nil {
			continue
		}
		for _, l := range g.Listeners {
			if d.why == precedence.NoMatchingListenerHostname && denied[l] != nil && denied[l].why == precedence.NotAllowedByListeners && l.Has(host) {
				d = denied[l]
			}
		}
		g.Lose([]string{host}, r.Ref.At(config.Nth("spec.hostnames", i)), d.why, d.by)
	}
}

// unserved tells why no listener serves a host name; nil where one does. Server names are not kept apart as other host names are.
func (g *gatewayAPI) unserved(r *resource.Route, host string, attached []attachment) *denial {
	out := &denial{why: precedence.NoMatchingListenerHostname}
	for _, a := range attached {
		served, other := a.listener.Has(host), (*listeners.Listener)(nil)
		if served && (r.HTTP != nil || r.GRPC != nil) {
			served, other = g.serves(a.listener, host)
		}
		switch {
		case served && a.listener.Programmed:
			return nil
		case served:
			out = &denial{why: precedence.ListenerNotProgrammed, by: a.listener.Ref}
		case other != nil && out.why == precedence.NoMatchingListenerHostname:
			out = &denial{why: precedence.ListenerIsolation, by: other.Ref}
		}
	}
	return out
}
