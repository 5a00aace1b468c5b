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
	Scale     Scale
	Gaps      []mesh.Gap
}

// Scale is what the Deployment of a waypoint tells of its pods. Nothing that is decided depends on it: ztunnel and gateways go by endpoints.
type Scale struct {
	Deployment          mesh.Ref // zero where none was read
	Wanted, Pods, Ready int
}

// Considered is how the Deployment fared, as a candidate; ok is false where none was read.
func (x Scale) Considered() (c precedence.Considered, ok bool) {
	if x.Deployment.IsZero() {
		return c, false
	}
	switch {
	case x.Wanted == 0:
		return precedence.Considered{Ref: x.Deployment.At("spec.replicas"), Why: ScaledDown}, true
	case x.Pods == 0:
		return precedence.Considered{Ref: x.Deployment.At("status.replicas"), Why: WithoutPods}, true
	case x.Ready == 0:
		return precedence.Considered{Ref: x.Deployment.At("status.readyReplicas"), Why: NoneReady}, true
	}
	return precedence.Wins(x.Deployment), true
}

// Because is why it cannot be reached, as closely as the Deployment tells.
func (r Reach) Because() precedence.LossReason {
	if c, ok := r.Scale.Considered(); ok && r.Why == NoReadyPod && !c.Applies {
		return c.Why
	}
	return r.Why
}

func scaleOf(s *mesh.Snapshot, w *Waypoint) Scale {
	d := s.DeploymentOf(w.Ref)
	if d == nil {
		return Scale{}
	}
	ref := mesh.Ref{Kind: mesh.Deployment, Namespace: d.Namespace, Name: d.Name}
	return Scale{ref, mesh.Replicas(d), int(d.Status.Replicas), int(d.Status.ReadyReplicas)}
}

// Why a waypoint cannot be reached. The direction in which this fails is the contrary of one that is not bound: connections are closed.
const (
	Ready          precedence.LossReason = "WaypointReady"
	ServiceMissing precedence.LossReason = "WaypointServiceMissing" // its status names a Service that does not exist
	PortMissing    precedence.LossReason = "WaypointPortMissing"    // its Service has no port 15008: it is no waypoint
	NoReadyPod     precedence.LossReason = "WaypointWithoutPods"    // none of its pods is ready

	ScaledDown  precedence.LossReason = "WaypointScaledDown"   // its Deployment wants no pod
	WithoutPods precedence.LossReason = "WaypointPodsMissing"  // its Deployment wants pods, and has none
	NoneReady   precedence.LossReason = "WaypointPodsNotReady" // its Deployment has pods, and none is ready
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
	r := Reach{Service: h.Ref, Why: Ready, Scale: scaleOf(s, w)}
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
