package listeners

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// addGateway adds the listeners of a Gateway, and of the ListenerSets that it allows. They are merged in this order, the older
// ListenerSet first (pilot/pkg/config/kube/gatewaycommon/listener_conflict.go).
func (g *listening) addGateway(gw *gatewayv1.Gateway) {
	owner := mesh.Ref{Kind: mesh.KubeGateway, Namespace: gw.Namespace, Name: gw.Name}
	services, ok := g.servicesOf(gw)
	refuse := func(field string, why precedence.LossReason) {
		c := Closed{Considered: precedence.Loses(owner.At(field), why), Services: services}
		for _, l := range gw.Spec.Listeners {
			c.Ports = append(c.Ports, int(l.Port))
		}
		g.Closed = append(g.Closed, c)
	}
	switch g.ControllerOf(gw.Spec.GatewayClassName) {
	case "":
		refuse("spec.gatewayClassName", precedence.UnknownGatewayClass)
		return
	case resource.RemoteController:
		refuse("spec.gatewayClassName", precedence.RemoteGateway)
		return
	case resource.WaypointController:
		return // no routes are bound to the listeners of a waypoint
	}
	if !ok {
		refuse("spec.addresses", precedence.UnsupportedAddress)
		return
	}
	var merged []*Listener
	add := func(owner mesh.Ref, o metav1.Object, i int, l gatewayv1.Listener, status []metav1.Condition) {
		merged = append(merged, &Listener{Listener: l, Ref: owner.At(config.Nth("spec.listeners", i)), Owner: owner, gateway: gw, conditions: status,
			labels: o.GetLabels(), Created: o.GetCreationTimestamp().Time, Services: services, Managed: mesh.ManagedGateway(gw)})
	}
	for i, l := range gw.Spec.Listeners {
		add(owner, gw, i, l, writtenOf(gw, l.Name))
	}
	for _, set := range g.listenerSetsOf(gw) {
		owner := mesh.Ref{Kind: mesh.ListenerSet, Namespace: set.Namespace, Name: set.Name}
		for i, l := range set.Spec.Listeners {
			l.Port = cmp.Or(l.Port, defaultPorts[l.Protocol])
			add(owner, set, i, gatewayv1.Listener(l), writtenOfSet(set, l.Name))
		}
	}
	g.addListeners(merged)
}

// defaultPorts are the ports of listeners in a ListenerSet that name none (gateway_utils.go, ListenerEntryPortNumber).
var defaultPorts = map[gatewayv1.ProtocolType]gatewayv1.PortNumber{gatewayv1.HTTPProtocolType: 80, gatewayv1.HTTPSProtocolType: 443}

func (g *listening) addListeners(merged []*Listener) {
	var accepted []*Listener
	for _, l := range merged {
		if i := slices.IndexFunc(accepted, l.conflicts); i >= 0 {
			g.close(l, l.Ref, l.conflict(accepted[i]), accepted[i].Ref)
			continue
		}
		// One that cannot be served for another reason keeps its place all the same.
		accepted = append(accepted, l)
		fault := g.program(l)
		if fault != nil {
			g.close(l, l.Ref.At(config.Under(l.Ref.Field, fault.Field)), fault.Why)
		}
		l.Programmed = fault == nil
		if l.Server != nil && (l.Programmed || l.Owner.Kind == mesh.KubeGateway) {
			g.Listeners = append(g.Listeners, l)
		}
	}
}

func (g *listening) close(l *Listener, at mesh.Ref, why precedence.LossReason, by ...mesh.Ref) {
	g.Closed = append(g.Closed, Closed{precedence.Loses(at, why, by...), l.Services, []int{int(l.Port)}})
}
