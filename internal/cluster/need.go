package cluster

import (
	"maps"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Need says what of a cluster matters. The kinds that any namespace can have a say in are always read everywhere: Services,
// VirtualServices, DestinationRules and their like.
type Need struct {
	// All reads every kind everywhere, pods namespace by namespace.
	All bool
	// Namespaces are read with everything that acts in its own namespace alone: pods, endpoints, policies. A control plane's root
	// namespace is read with its policies without being named.
	Namespaces []string
	// Kinds are read in some more namespaces; the empty one stands for all.
	Kinds map[mesh.Kind][]string
}

// Empty reports whether nothing is needed.
func (n Need) Empty() bool { return !n.All && len(n.Namespaces) == 0 && len(n.Kinds) == 0 }

// And returns the need for both.
func (n Need) And(o Need) Need {
	both := Need{All: n.All || o.All, Namespaces: union(n.Namespaces, o.Namespaces), Kinds: map[mesh.Kind][]string{}}
	maps.Copy(both.Kinds, n.Kinds)
	for k, namespaces := range o.Kinds {
		both.Kinds[k] = union(both.Kinds[k], namespaces)
	}
	return both
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Wants picks those gaps that reading would fill: what nobody asked for so far. It is empty when nothing is left to read. A namespace
// that comes up for the first time is wanted as a whole, since an endpoint leads to its pod, and a pod to its policies.
func (r *Reader) Wants(gaps []mesh.Gap) Need {
	var n Need
	for _, g := range gaps {
		api, ok := mesh.APIOf(g.Kind)
		if !ok || !unread(g) || r.known.kinds[g.Kind].tried(g.Namespace) || api.Namespaced && g.Namespace != "" && !isNamespace(g.Namespace) {
			continue
		}
		switch {
		case slices.Contains(ofWaypoint, g.Kind) && r.known.waypoints(g.Namespace) && !slices.Contains(r.need.Kinds[g.Kind], g.Namespace) && !slices.Contains(r.need.Namespaces, g.Namespace):
			for _, k := range ofWaypoint {
				n = n.And(Need{Kinds: map[mesh.Kind][]string{k: {g.Namespace}}})
			}
		case slices.Contains(local, g.Kind) && g.Namespace != "" && !slices.Contains(r.need.Namespaces, g.Namespace):
			n = n.And(Need{Namespaces: []string{g.Namespace}})
		case !slices.Contains(r.need.Kinds[g.Kind], g.Namespace):
			n = n.And(Need{Kinds: map[mesh.Kind][]string{g.Kind: {g.Namespace}}})
		}
	}
	return n
}

// ofWaypoint are the kinds by which the namespace of a waypoint acts on what goes through it: who serves it, and what is attached to it. What
// else is there matters where a request goes to a pod of that namespace; it is read then.
var ofWaypoint = []mesh.Kind{mesh.EndpointSlice, mesh.Pod, mesh.AuthorizationPolicy, mesh.RequestAuthentication}

// waypoints reports whether a namespace has a Gateway that waypoints are made of.
func (k *known) waypoints(namespace string) bool {
	for n, o := range k.kinds[mesh.KubeGateway].objects {
		if g, ok := o.(*gatewayv1.Gateway); ok && n.Namespace == namespace && g.Spec.GatewayClassName == mesh.WaypointClass {
			return true
		}
	}
	return false
}

// deserted reports whether a namespace has a waypoint that was ready once and of which no pod is, as far as its EndpointSlices were read.
func (k *known) deserted(namespace string) bool {
	served := map[string]bool{}
	slices := k.kinds[mesh.EndpointSlice]
	if !slices.covers(namespace) {
		return false
	}
	for n, o := range slices.objects {
		x, ok := o.(*discoveryv1.EndpointSlice)
		if !ok || n.Namespace != namespace {
			continue
		}
		for _, e := range x.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				served[x.Labels[discoveryv1.LabelServiceName]] = true
			}
		}
	}
	for n, o := range k.kinds[mesh.KubeGateway].objects {
		g, ok := o.(*gatewayv1.Gateway)
		if ok && n.Namespace == namespace && g.Spec.GatewayClassName == mesh.WaypointClass && len(g.Status.Addresses) > 0 && !served[n.Name] {
			return true
		}
	}
	return false
}

// unread tells a list that nobody asked for from one that failed, which has a detail.
func unread(g mesh.Gap) bool {
	return g.Kind != mesh.Secret && g.Kind != mesh.ConfigMap && g.Cause == mesh.Failed && g.Detail == "" && g.Resource.IsZero()
}
