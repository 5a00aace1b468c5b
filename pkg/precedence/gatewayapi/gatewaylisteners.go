package gatewayapi

import (
	"cmp"
	"slices"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// apiListener is a listener of a Gateway, or of a ListenerSet that adds to one.
type apiListener struct {
	gatewayv1.Listener
	ref      mesh.Ref           // the entry of spec.listeners
	owner    mesh.Ref           // the object that routes name as their parent
	gateway  *gatewayv1.Gateway // whose pods serve it
	labels   map[string]string  // of the owner
	created  time.Time
	services []string
	managed  bool

	kinds      []string // of routes
	server     *networking.Server
	programmed bool
}

// name is what routes are bound to: namespace/gateway~listener. No Gateway of Istio's own can be called so.
func (l *apiListener) name() string {
	return l.owner.Namespace + "/" + l.owner.Name + "~" + string(l.Name)
}

func (l *apiListener) hostname() string { return string(ptr.Deref(l.Hostname, "")) }

// addGateway adds the listeners of a Gateway, and of the ListenerSets that it allows. They are merged in this order, the older
// ListenerSet first (pilot/pkg/config/kube/gatewaycommon/listener_conflict.go).
func (g *listening) addGateway(gw *gatewayv1.Gateway) {
	owner := mesh.Ref{Kind: mesh.KubeGateway, Namespace: gw.Namespace, Name: gw.Name}
	services, ok := g.servicesOf(gw)
	refuse := func(field string, why precedence.Why) {
		c := closedListener{Considered: precedence.Loses(owner.At(field), why), services: services}
		for _, l := range gw.Spec.Listeners {
			c.ports = append(c.ports, int(l.Port))
		}
		g.closed = append(g.closed, c)
	}
	switch g.controllerOf(gw.Spec.GatewayClassName) {
	case "":
		refuse("spec.gatewayClassName", precedence.UnknownGatewayClass)
		return
	case remoteController:
		refuse("spec.gatewayClassName", precedence.RemoteGateway)
		return
	case waypointController:
		return // no routes are bound to the listeners of a waypoint
	}
	if !ok {
		refuse("spec.addresses", precedence.UnsupportedAddress)
		return
	}
	var merged []*apiListener
	add := func(owner mesh.Ref, o metav1.Object, i int, l gatewayv1.Listener) {
		merged = append(merged, &apiListener{Listener: l, ref: owner.At(config.Nth("spec.listeners", i)), owner: owner, gateway: gw,
			labels: o.GetLabels(), created: o.GetCreationTimestamp().Time, services: services, managed: managed(gw)})
	}
	for i, l := range gw.Spec.Listeners {
		add(owner, gw, i, l)
	}
	for _, set := range g.listenerSetsOf(gw) {
		owner := mesh.Ref{Kind: mesh.ListenerSet, Namespace: set.Namespace, Name: set.Name}
		for i, l := range set.Spec.Listeners {
			l.Port = cmp.Or(l.Port, defaultPorts[l.Protocol])
			add(owner, set, i, gatewayv1.Listener(l))
		}
	}
	g.addListeners(merged)
}

// defaultPorts are the ports of listeners in a ListenerSet that name none (gateway_utils.go, ListenerEntryPortNumber).
var defaultPorts = map[gatewayv1.ProtocolType]gatewayv1.PortNumber{gatewayv1.HTTPProtocolType: 80, gatewayv1.HTTPSProtocolType: 443}

func (g *listening) addListeners(merged []*apiListener) {
	var accepted []*apiListener
	for _, l := range merged {
		if i := slices.IndexFunc(accepted, l.conflicts); i >= 0 {
			g.close(l, l.ref, l.conflict(accepted[i]), accepted[i].ref)
			continue
		}
		// One that cannot be served for another reason keeps its place all the same.
		accepted = append(accepted, l)
		fault := g.program(l)
		if fault != nil {
			g.close(l, l.ref.At(config.Under(l.ref.Field, fault.field)), fault.why)
		}
		l.programmed = fault == nil
		if l.server != nil && (l.programmed || l.owner.Kind == mesh.KubeGateway) {
			g.listeners = append(g.listeners, l)
		}
	}
}

func (g *listening) close(l *apiListener, at mesh.Ref, why precedence.Why, by ...mesh.Ref) {
	g.closed = append(g.closed, closedListener{precedence.Loses(at, why, by...), l.services, []int{int(l.Port)}})
}

// conflicts tells whether two listeners of a Gateway cannot both be served (listener_conflict.go, listenersDistinct).
func (l *apiListener) conflicts(o *apiListener) bool {
	raw := func(x *apiListener) bool {
		return x.Protocol == gatewayv1.TCPProtocolType || x.Protocol == gatewayv1.UDPProtocolType
	}
	named := func(x *apiListener) bool {
		return x.Protocol == gatewayv1.HTTPProtocolType || x.Protocol == gatewayv1.HTTPSProtocolType || x.Protocol == gatewayv1.TLSProtocolType
	}
	switch {
	case l.Port != o.Port:
		return false
	case raw(l) && (raw(o) || named(o)), named(l) && raw(o):
		return true
	case named(l) && named(o):
		return cmp.Or(l.hostname(), "*") == cmp.Or(o.hostname(), "*")
	}
	return l.Protocol == o.Protocol
}

// conflict tells what two listeners that are not distinct contend for (listenerConflictReason).
func (l *apiListener) conflict(o *apiListener) precedence.Why {
	if l.Protocol == gatewayv1.HTTPProtocolType || l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType {
		if l.Protocol == o.Protocol {
			return precedence.HostnameConflict
		}
	}
	return precedence.ProtocolConflict
}

// program builds the server of a listener. It stays without one where there is none to build even for a status (conversion.go,
// buildListener).
func (g *listening) program(l *apiListener) *refusal {
	encrypted := l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType
	if encrypted && l.TLS == nil {
		return &refusal{why: precedence.TLSNotConfigured, field: "tls"}
	}
	tls, fault := g.serverTLS(l)
	l.kinds = l.routeKinds()
	l.server = &networking.Server{Tls: tls, Hosts: g.serverHostsOf(l),
		Port: &networking.Port{Name: "default", Number: uint32(l.Port), Protocol: string(l.Protocol)}}
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType, gatewayv1.HTTPSProtocolType, gatewayv1.TLSProtocolType, gatewayv1.TCPProtocolType:
	default:
		return &refusal{why: precedence.UnsupportedProtocol, field: "protocol"}
	}
	if l.Port == 0 {
		return &refusal{why: precedence.UnsupportedProtocol, field: "port"}
	}
	return fault
}

// serverHostsOf makes a host for each namespace whose routes the listener takes; where that is none the name still counts for TLS
// (buildHostnameMatch).
func (g *listening) serverHostsOf(l *apiListener) []string {
	host := cmp.Or(l.hostname(), "*")
	var out []string
	for _, ns := range g.allowedNamespaces(l) {
		out = append(out, ns+"/"+strings.ToLower(host))
	}
	if len(out) == 0 {
		out = []string{"~/" + strings.ToLower(host)}
	}
	return out
}
