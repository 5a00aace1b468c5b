package listeners

import (
	"cmp"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// conflicts reports whether two listeners of a Gateway cannot both be served (listener_conflict.go, listenersDistinct).
func (l *Listener) conflicts(o *Listener) bool {
	raw := func(x *Listener) bool {
		return x.Protocol == gatewayv1.TCPProtocolType || x.Protocol == gatewayv1.UDPProtocolType
	}
	named := func(x *Listener) bool {
		return x.Protocol == gatewayv1.HTTPProtocolType || x.Protocol == gatewayv1.HTTPSProtocolType || x.Protocol == gatewayv1.TLSProtocolType
	}
	switch {
	case l.Port != o.Port:
		return false
	case raw(l) && (raw(o) || named(o)), named(l) && raw(o):
		return true
	case named(l) && named(o):
		return cmp.Or(l.Host(), "*") == cmp.Or(o.Host(), "*")
	}
	return l.Protocol == o.Protocol
}

// conflict tells what two listeners that are not distinct contend for (listenerConflictReason).
func (l *Listener) conflict(o *Listener) precedence.LossReason {
	if l.Protocol == gatewayv1.HTTPProtocolType || l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType {
		if l.Protocol == o.Protocol {
			return precedence.HostnameConflict
		}
	}
	return precedence.ProtocolConflict
}
