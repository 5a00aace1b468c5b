package waypoint

import (
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const inboundBinding = "ambient.istio.io/waypoint-inbound-binding"

// listener returns the listener whose allowedRoutes say which namespaces may use the waypoint: the one that the annotation for a gateway
// behind a ztunnel names, else the one for HBONE (makeAllowedRoutes).
func (w *Waypoint) listener(s *mesh.Snapshot) (*gatewayv1.Listener, mesh.Ref) {
	of := func(i int) (*gatewayv1.Listener, mesh.Ref) {
		return &w.gateway.Spec.Listeners[i], w.Ref.At("spec.listeners[" + strconv.Itoa(i) + "].allowedRoutes.namespaces")
	}
	if bound := w.bindingMatch(s); bound != nil {
		for i, l := range w.gateway.Spec.Listeners {
			if bound(l) {
				return of(i)
			}
		}
	}
	for i, l := range w.gateway.Spec.Listeners {
		if l.Protocol == "HBONE" && l.Port == HBONEPort {
			return of(i)
		}
	}
	return nil, w.Ref.At("spec.listeners")
}

// bindingMatch reads the annotation PROTOCOL or PROTOCOL/PORT, of the Gateway before its class; nil where it names no listener
// (makeInboundBinding, findBoundListener).
func (w *Waypoint) bindingMatch(s *mesh.Snapshot) func(gatewayv1.Listener) bool {
	value, ok := w.gateway.Annotations[inboundBinding]
	if !ok {
		class, found, _ := s.GatewayClasses.Get("", string(w.gateway.Spec.GatewayClassName))
		if !found {
			return nil
		}
		value = class.Annotations[inboundBinding]
	}
	protocol, text, _ := strings.Cut(value, "/")
	if protocol != "NONE" && protocol != "PROXY" || strings.Contains(text, "/") {
		return nil
	}
	port, _ := strconv.ParseUint(text, 10, 32)
	switch {
	case port != 0:
		return func(l gatewayv1.Listener) bool { return uint64(l.Port) == port }
	case protocol == "PROXY":
		return func(l gatewayv1.Listener) bool { return l.Protocol == "istio.io/PROXY" }
	}
	return nil
}

// admits reports whether objects of a namespace may use the waypoint, and the field that decides. Nothing said is Same, and so is None
// (AllowsAttachmentFromNamespace).
func (w *Waypoint) admits(s *mesh.Snapshot, namespace string) (ok bool, at mesh.Ref, gaps []mesh.Gap) {
	l, at := w.listener(s)
	from := gatewayv1.NamespacesFromSame
	if l != nil && l.AllowedRoutes != nil && l.AllowedRoutes.Namespaces != nil && l.AllowedRoutes.Namespaces.From != nil {
		from = *l.AllowedRoutes.Namespaces.From
	}
	switch from {
	case gatewayv1.NamespacesFromAll:
		return true, at, nil
	case gatewayv1.NamespacesFromSelector:
		selector, err := metav1.LabelSelectorAsSelector(l.AllowedRoutes.Namespaces.Selector)
		if err != nil {
			return false, at, nil
		}
		ns, found, gaps := s.Namespaces.Get("", namespace)
		if !found {
			return selector.Matches(labels.Set(nil)), at, gaps
		}
		return selector.Matches(labels.Set(ns.Labels)), at, nil
	}
	return w.Ref.Namespace == namespace, at, nil
}
