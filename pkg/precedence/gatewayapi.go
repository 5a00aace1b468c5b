package precedence

import (
	"slices"
	"strconv"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// gatewayAPI is what istiod makes of the objects of the Gateway API: each listener of a Gateway becomes a Gateway of its own with one
// server, and each host name that routes have at a parent a VirtualService (pilot/pkg/config/kube/gateway).
type gatewayAPI struct {
	s         *mesh.Snapshot
	listeners []*apiListener // that routes can name as parents, served or not
	services  []*VirtualService
	closed    []closedListener
	problems  []routeProblem
	gaps      []mesh.Gap
}

type gatewayAPIKey struct{}

func gatewayAPIOf(s *mesh.Snapshot) *gatewayAPI {
	return mesh.Derive(s, gatewayAPIKey{}, func() *gatewayAPI {
		g := &gatewayAPI{s: s}
		gateways, gaps := s.KubeGateways.All()
		g.unread(gaps)
		for _, gw := range gateways {
			g.addGateway(gw)
		}
		g.addListenerSets()
		g.addRoutes()
		return g
	})
}

// listenersOfGatewayAPI returns the listeners that are served.
func listenersOfGatewayAPI(s *mesh.Snapshot) []*gatewaySource {
	var out []*gatewaySource
	for _, l := range gatewayAPIOf(s).listeners {
		if !l.programmed {
			continue
		}
		out = append(out, &gatewaySource{ref: l.owner, name: l.name(), namespace: l.owner.Namespace, created: l.created, services: l.services,
			managed: l.managed, servers: []*networking.Server{l.server}, refs: []mesh.Ref{l.ref}})
	}
	return out
}

// fromGatewayAPI returns the routes as VirtualServices.
func fromGatewayAPI(s *mesh.Snapshot) []*VirtualService { return gatewayAPIOf(s).services }

// gatewayAPIGaps returns what is not known of Gateways, and of that which they rest on only where something rests on it: the class of a
// Gateway, a ReferenceGrant for a reference into another namespace, the labels of namespaces.
func gatewayAPIGaps(s *mesh.Snapshot) []mesh.Gap { return gatewayAPIOf(s).gaps }

func (g *gatewayAPI) unread(gaps []mesh.Gap) {
	for _, gap := range gaps {
		if !slices.Contains(g.gaps, gap) {
			g.gaps = append(g.gaps, gap)
		}
	}
}

// refusal is a fault that makes an object or a part of it void: why, and the field below the object or part.
type refusal struct {
	why   Why
	field string
	by    mesh.Ref
}

// or is the value of an optional field, or what the API server puts there by default.
func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// groupKind names a kind of object with its API group, as references do.
type groupKind struct{ group, kind string }

// gatewayGroup is the API group of the Gateway API's own kinds.
const gatewayGroup = gatewayv1.GroupName

var (
	serviceKind   = groupKind{"", "Service"}
	secretKind    = groupKind{"", "Secret"}
	configMapKind = groupKind{"", "ConfigMap"}
)

func groupKindOf[G, K ~string](group *G, kind *K, def groupKind) groupKind {
	return groupKind{string(or(group, G(def.group))), string(or(kind, K(def.kind)))}
}

// under joins a field and a part of it.
func under(field, part string) string {
	if field == "" || part == "" {
		return field + part
	}
	return field + "." + part
}

func nth(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
