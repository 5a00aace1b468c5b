package waypoint

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Reach is what a client finds of a waypoint that it is to send through.
type Reach struct {
	Endpoints []mesh.Endpoint       // ready to take connections
	Listed    int                   // all of them, ready or not
	Service   mesh.Ref              // the waypoint's Service; zero where there is none
	Why       precedence.LossReason // of none
	Error     string                // ztunnel's words where it finds none; empty else
	Gaps      []mesh.Gap
}

// Why a waypoint cannot be reached. The direction in which this fails is the contrary of one that is not bound: connections are closed.
const (
	Ready          precedence.LossReason = "WaypointReady"
	ServiceMissing precedence.LossReason = "WaypointServiceMissing" // its status names a Service that does not exist
	PortMissing    precedence.LossReason = "WaypointPortMissing"    // its Service has no port 15008: it is no waypoint
	NoReadyPod     precedence.LossReason = "WaypointWithoutPods"    // none of its pods is ready
)

// ReachOf finds the pods of a waypoint as ztunnel does: those behind port 15008 of the Service that its status names
// (ztunnel's src/state.rs, fetch_waypoint).
func ReachOf(s *mesh.Snapshot, w *Waypoint) Reach {
	h, gaps := w.service(s)
	if h == nil {
		r := Reach{Why: ServiceMissing, Gaps: gaps, Error: "unknown waypoint: waypoint " + w.Host + " not found"}
		if w.Host == "" {
			r.Error = w.notFound()
		}
		return r
	}
	r := Reach{Service: h.Ref, Why: Ready}
	port, ok := h.Port(HBONEPort)
	if !ok {
		r.Why, r.Error = PortMissing, w.notFound()
		return r
	}
	all, gaps := s.Endpoints(h, port)
	r.Gaps, r.Listed = gaps, len(all)
	r.Endpoints = slices.DeleteFunc(slices.Clone(all), func(e mesh.Endpoint) bool { return !e.Ready })
	if len(r.Endpoints) == 0 {
		r.Why, r.Error = NoReadyPod, w.notFound()
	}
	return r
}

// service returns the host that the waypoint's status names: a host name of the Gateway's own namespace, or the one that has the address.
func (w *Waypoint) service(s *mesh.Snapshot) (*mesh.Host, []mesh.Gap) {
	if w.Host != "" {
		for _, h := range s.HostsNamed(w.Host) {
			if h.Namespace == w.Ref.Namespace {
				return h, nil
			}
		}
		return nil, slices.Concat(s.Services.Gaps(w.Ref.Namespace), s.ServiceEntries.Gaps(w.Ref.Namespace))
	}
	hosts, gaps := s.Hosts()
	for _, h := range hosts {
		if slices.ContainsFunc(h.Addresses, func(a string) bool { ip, err := netip.ParseAddr(a); return err == nil && ip == w.Address }) {
			return h, nil
		}
	}
	return nil, gaps
}

// notFound is what ztunnel logs where it has no pod to send to.
func (w *Waypoint) notFound() string {
	destination := fmt.Sprintf("Hostname(NamespacedHostname { namespace: %q, hostname: %q })", w.Ref.Namespace, w.Host)
	if w.Host == "" {
		destination = fmt.Sprintf(`Address(NetworkAddress { network: "", address: %s })`, w.Address)
	}
	return fmt.Sprintf("unknown waypoint: waypoint GatewayAddress { destination: %s, hbone_mtls_port: %d } not found", destination, HBONEPort)
}
