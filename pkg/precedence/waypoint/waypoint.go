package waypoint

import (
	"net/netip"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// HBONEPort is the port that istiod takes every waypoint to listen on.
const HBONEPort = 15008

// Waypoint is a Gateway that an object can be bound to: one whose status has an address. Its class is not looked at, so an ordinary
// gateway is one too, and then fails as it does not open port 15008.
type Waypoint struct {
	Ref     mesh.Ref // the Gateway
	For     string   // the traffic that it takes: service, workload, all; anything else is none
	ForAt   mesh.Ref // the label that says so; zero where the default holds
	Host    string   // of its Service, as its status names it; empty where that has addresses only
	Address netip.Addr

	gateway *gatewayv1.Gateway
}

// The kinds of traffic that a label istio.io/waypoint-for names.
const (
	ForService  = "service"
	ForWorkload = "workload"
	ForAll      = "all"
)

// ForLabel says what a waypoint takes: what goes to Services, to workloads, to both, or nothing.
const ForLabel = "istio.io/waypoint-for"

// takes reports whether the waypoint is for a kind of traffic.
func (w *Waypoint) takes(kind string) bool { return w.For == kind || w.For == ForAll }

// Named returns the waypoint of that name. It is nil where no such Gateway has an address; gaps tell where that could not be read.
func Named(s *mesh.Snapshot, namespace, name string) (*Waypoint, []mesh.Gap) {
	type key struct{ namespace, name string }
	type found struct {
		*Waypoint
		gaps []mesh.Gap
	}
	f := mesh.Derive(s, key{namespace, name}, func() found {
		gw, ok, gaps := s.GatewaysOfAllRevisions().Get(namespace, name)
		if !ok || len(gw.Status.Addresses) == 0 {
			return found{gaps: gaps}
		}
		w, gaps := newWaypoint(s, gw)
		return found{w, gaps}
	})
	return f.Waypoint, f.gaps
}

func newWaypoint(s *mesh.Snapshot, gw *gatewayv1.Gateway) (*Waypoint, []mesh.Gap) {
	w := &Waypoint{Ref: gatewayRef(gw.Namespace, gw.Name), For: ForService, gateway: gw}
	w.addressed()
	// The Gateway's label wins over its class's.
	if v, ok := gw.Labels[ForLabel]; ok {
		w.For, w.ForAt = v, w.Ref.At("metadata.labels["+ForLabel+"]")
		return w, nil
	}
	class, ok, gaps := s.GatewayClasses.Get("", string(gw.Spec.GatewayClassName))
	if !ok {
		return w, gaps
	}
	if v, ok := class.Labels[ForLabel]; ok {
		w.For, w.ForAt = v, mesh.Ref{Kind: mesh.GatewayClass, Name: class.Name, Field: "metadata.labels[" + ForLabel + "]"}
	}
	return w, nil
}

// addressed reads the status: a host name comes before every IP address (getGatewayAddress). An address without a type is none.
func (w *Waypoint) addressed() {
	for _, a := range w.gateway.Status.Addresses {
		if a.Type != nil && *a.Type == gatewayv1.HostnameAddressType {
			w.Host = a.Value
			return
		}
	}
	for _, a := range w.gateway.Status.Addresses {
		if a.Type == nil || *a.Type != gatewayv1.IPAddressType {
			continue
		}
		if ip, err := netip.ParseAddr(a.Value); err == nil {
			w.Address = ip
			return
		}
	}
}

// reachable reports whether istiod knows an address to send to. Without one the waypoint is bound to, and not used.
func (w *Waypoint) reachable() bool { return w.Host != "" || w.Address.IsValid() }

func gatewayRef(namespace, name string) mesh.Ref {
	return mesh.Ref{Kind: mesh.KubeGateway, Namespace: namespace, Name: name}
}
