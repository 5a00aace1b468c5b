package gatewayapi

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/listeners"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// attachment is a parent that takes a route: a listener, or the clients of a host in the mesh.
type attachment struct {
	listener *listeners.Listener // nil for the mesh
	hosts    []string            // of the mesh: the parent's host names
	port     uint32              // of the mesh: the only port it is for; 0 for all
	key      string              // tells equal entries of spec.parentRefs
}

// gateway is what the route's VirtualServices are bound to.
func (a attachment) gateway() string {
	if a.listener == nil {
		return config.MeshGateway
	}
	return a.listener.GatewayName()
}

// attach finds the parents that take a route, in the order in which istiod lists them. An entry of spec.parentRefs that names a Gateway
// is compared with each of its listeners, and one of them is enough (pilot/pkg/config/kube/gateway/conversion.go,
// extractParentReferenceInfo, referenceAllowed; conditions.go, createRouteStatus).
func (g *gatewayAPI) attach(r *resource.Route) []attachment {
	var out []attachment
	denied := map[*listeners.Listener]*denial{}
	for i, p := range r.Parents {
		e := parentEntry{p, r.Ref.At(config.Nth("spec.parentRefs", i)), string(ptr.Deref(p.Namespace, gatewayv1.Namespace(r.Ref.Namespace)))}
		switch kind := precedence.GroupKindOf(p.Group, p.Kind, precedence.GroupKind{Group: resource.GatewayGroup, Kind: "Gateway"}); kind {
		case precedence.GroupKind{Group: resource.GatewayGroup, Kind: "Gateway"}:
			out = append(out, g.attachTo(r, e, mesh.KubeGateway, denied)...)
		case precedence.GroupKind{Group: resource.GatewayGroup, Kind: "ListenerSet"}:
			out = append(out, g.attachTo(r, e, mesh.ListenerSet, denied)...)
		case precedence.ServiceKind, precedence.GroupKind{Group: "networking.istio.io", Kind: "ServiceEntry"}:
			if a, ok := g.attachToMesh(e, kind); ok {
				out = append(out, a)
			}
		default:
			g.Lose(r.Hosts(), e.at.At(e.at.Field+".kind"), precedence.InvalidKind)
		}
	}
	g.unservedHosts(r, out, denied)
	slices.SortStableFunc(out, func(a, b attachment) int {
		return cmp.Or(strings.Compare(a.gateway(), b.gateway()), strings.Compare(a.key, b.key))
	})
	return out
}

// parentEntry is an entry of spec.parentRefs.
type parentEntry struct {
	gatewayv1.ParentReference
	at        mesh.Ref
	namespace string // of the parent
}

// denial is why a listener does not take a route. The one that comes nearest is told.
type denial struct {
	why   precedence.LossReason
	field string
	by    mesh.Ref
}

var denialRank = map[precedence.LossReason]int{precedence.NotAllowedByListeners: 1, precedence.NoMatchingListenerHostname: 2, precedence.NoMatchingParent: 3}

func (g *gatewayAPI) attachTo(r *resource.Route, p parentEntry, kind mesh.Kind, denied map[*listeners.Listener]*denial) []attachment {
	var out []attachment
	var hosts []string
	owner := mesh.Ref{Kind: kind, Namespace: p.namespace, Name: string(p.Name)}
	var nearest *denial
	for _, l := range g.Listeners {
		if l.Owner != owner {
			continue
		}
		hosts = append(hosts, hostsAt(r, l)...)
		if d := deniedBy(r, l, p.ParentReference); d != nil {
			denied[l] = d
			if nearest == nil || denialRank[d.why] < denialRank[nearest.why] {
				nearest = d
			}
			continue
		}
		out = append(out, attachment{listener: l, key: l.GatewayName()})
	}
	switch {
	case len(out) == 0 && nearest != nil:
		g.Lose(hosts, p.at.At(config.Under(p.at.Field, nearest.field)), nearest.why, nearest.by)
	case len(out) == 0:
		g.noParent(r, p.at, owner)
	case !slices.ContainsFunc(out, func(a attachment) bool { return a.listener.Programmed }):
		g.Lose(hosts, p.at, precedence.ListenerNotProgrammed, out[0].listener.Ref)
	}
	return out
}

// noParent tells of a parent that does not exist, or has no listener that could be one. A waypoint has none for good reason.
func (g *gatewayAPI) noParent(r *resource.Route, at, owner mesh.Ref) {
	if owner.Kind == mesh.KubeGateway {
		gw, found, gaps := g.Snapshot.KubeGateways.Get(owner.Namespace, owner.Name)
		if len(gaps) > 0 || found && g.ControllerOf(gw.Spec.GatewayClassName) == resource.WaypointController {
			return
		}
	} else if len(g.Snapshot.ListenerSets.Gaps(owner.Namespace)) > 0 {
		return
	}
	if g.Snapshot.Has(owner) {
		g.Lose(r.Hosts(), at, precedence.NoMatchingParent, owner)
	} else {
		g.Lose(r.Hosts(), at, precedence.NoMatchingParent)
	}
}

// deniedBy tells why a listener does not take the route. A host name in common is enough; which names are served is decided for each
// one later.
func deniedBy(r *resource.Route, l *listeners.Listener, p gatewayv1.ParentReference) *denial {
	if port := ptr.Deref(p.Port, 0); port != 0 && port != l.Port {
		return &denial{precedence.NoMatchingParent, "port", mesh.Ref{}}
	}
	if name := ptr.Deref(p.SectionName, ""); name != "" && name != l.Name {
		return &denial{precedence.NoMatchingParent, "sectionName", mesh.Ref{}}
	}
	hosts, allowed := false, false
	for _, want := range r.Hosts() {
		for _, h := range l.Server.Hosts {
			ns, host, _ := strings.Cut(h, "/")
			if mesh.HostsOverlap(host, want) {
				hosts = true
				allowed = allowed || ns == "*" || ns == r.Ref.Namespace
			}
		}
	}
	kind, _ := mesh.APIOf(r.Ref.Kind)
	switch {
	case !hosts:
		return &denial{precedence.NoMatchingListenerHostname, "", l.Ref.At(l.Ref.Field + ".hostname")}
	case !allowed:
		return &denial{precedence.NotAllowedByListeners, "", l.Ref.At(l.Ref.Field + ".allowedRoutes.namespaces")}
	case !slices.Contains(l.Kinds, kind.Name()):
		return &denial{precedence.NotAllowedByListeners, "", l.Ref.At(l.Ref.Field + ".allowedRoutes.kinds")}
	}
	return nil
}

// serves reports whether a listener serves a host name of a route; where it does not and another one with a more specific name has it,
// that is returned. Listeners are told apart by their host name where owner, port and protocol are the same (hostnameAllowedByIsolation).
func (g *gatewayAPI) serves(l *listeners.Listener, host string) (bool, *listeners.Listener) {
	own := strings.ToLower(l.Host())
	if own != "" && !mesh.IsWild(own) {
		return true, nil
	}
	if own != "" && !mesh.HostsOverlap(host, own) {
		return false, nil
	}
	var by *listeners.Listener
	for _, o := range g.Listeners {
		other := strings.ToLower(o.Host())
		if o == l || o.Owner != l.Owner || o.Port != l.Port || o.Protocol != l.Protocol || other == own || len(own) > len(other) {
			continue
		}
		if mesh.HostWithin(host, other) && (by == nil || mesh.MoreSpecific(other, strings.ToLower(by.Host()))) {
			by = o
		}
	}
	return by == nil, by
}
