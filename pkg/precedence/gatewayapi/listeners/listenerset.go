package listeners

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// listenerSetsOf returns the ListenerSets that add to a Gateway, the older ones first.
func (g *listening) listenerSetsOf(gw *gatewayv1.Gateway) []*gatewayv1.ListenerSet {
	if gw.Spec.AllowedListeners == nil {
		return nil // none are allowed unless it says so
	}
	if !g.Reads(release.TLSRoutesRead) {
		return nil
	}
	all, gaps := g.Snapshot.ListenerSets.All()
	g.Unread(gaps)
	var out []*gatewayv1.ListenerSet
	for _, set := range all {
		if ns, name, ok := parentOf(set); ok && ns == gw.Namespace && name == gw.Name && g.allowsListeners(gw, set.Namespace) {
			out = append(out, set)
		}
	}
	slices.SortStableFunc(out, func(a, b *gatewayv1.ListenerSet) int {
		return cmp.Or(a.CreationTimestamp.Time.Compare(b.CreationTimestamp.Time), strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name))
	})
	return out
}

func parentOf(set *gatewayv1.ListenerSet) (namespace, name string, ok bool) {
	p := set.Spec.ParentRef
	gateway := precedence.GroupKind{Group: resource.GatewayGroup, Kind: "Gateway"}
	return string(ptr.Deref(p.Namespace, gatewayv1.Namespace(set.Namespace))), string(p.Name), precedence.GroupKindOf(p.Group, p.Kind, gateway) == gateway
}

// addListenerSets notes those that add to no Gateway.
func (g *listening) addListenerSets() {
	sets, _ := g.Snapshot.ListenerSets.All()
	for _, set := range sets {
		at := mesh.Ref{Kind: mesh.ListenerSet, Namespace: set.Namespace, Name: set.Name, Field: "spec.parentRef"}
		ns, name, ok := parentOf(set)
		if !ok {
			g.Closed = append(g.Closed, Closed{Considered: precedence.Loses(at, precedence.InvalidKind)})
			continue
		}
		gw, found, gaps := g.Snapshot.KubeGateways.Get(ns, name)
		switch {
		case !found && len(gaps) == 0:
			g.Closed = append(g.Closed, Closed{Considered: precedence.Loses(at, precedence.NoMatchingParent)})
		case found && g.ControllerOf(gw.Spec.GatewayClassName) == resource.GatewayController && !g.allowsListeners(gw, set.Namespace):
			parent := mesh.Ref{Kind: mesh.KubeGateway, Namespace: ns, Name: name}
			c := Closed{Considered: precedence.Loses(at, precedence.ListenerSetNotAllowed, parent.At("spec.allowedListeners"))}
			c.Services, _ = g.servicesOf(gw)
			for _, l := range set.Spec.Listeners {
				c.Ports = append(c.Ports, int(cmp.Or(l.Port, defaultPorts[l.Protocol])))
			}
			g.Closed = append(g.Closed, c)
		}
	}
}

// allowsListeners reports whether ListenerSets of a namespace may add to a Gateway (gateway_utils.go, NamespaceAcceptedByAllowListeners).
func (g *listening) allowsListeners(gw *gatewayv1.Gateway, namespace string) bool {
	if gw.Spec.AllowedListeners == nil || gw.Spec.AllowedListeners.Namespaces == nil {
		return false
	}
	n := gw.Spec.AllowedListeners.Namespaces
	switch ptr.Deref(n.From, gatewayv1.NamespacesFromNone) {
	case gatewayv1.NamespacesFromAll:
		return true
	case gatewayv1.NamespacesFromSame:
		return namespace == gw.Namespace
	case gatewayv1.NamespacesFromSelector:
		return n.Selector != nil && slices.Contains(g.selected(n.Selector, namespace), namespace)
	}
	return false
}
