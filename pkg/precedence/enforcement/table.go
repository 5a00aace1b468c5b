package enforcement

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// Point is a kind of proxy that can enforce a policy.
type Point string

// The points.
const (
	Ztunnel  Point = "ztunnel"
	Waypoint Point = "waypoint"
	Sidecar  Point = "sidecar"
	Gateway  Point = "gateway" // the workload is one
	Clients  Point = "clients" // sidecars and gateways that send to the workload: a PeerAuthentication tells them whether to use mutual TLS
)

// Way is how a connection comes to a workload. Which proxies are on it depends on who opens it, and on the address that is dialled.
type Way string

// The ways.
const (
	ByService Way = "service" // a captured pod dials a Service's own address
	ByAddress Way = "address" // a captured pod dials the pod's address, or the name of a headless Service
	BySidecar Way = "sidecar" // a pod with a sidecar
	ByGateway Way = "gateway" // through an ingress gateway
	Plaintext Way = "plain"   // anybody without a proxy
)

// Ways lists all ways.
func Ways() []Way { return []Way{ByService, ByAddress, BySidecar, ByGateway, Plaintext} }

// Table is who enforces what on a workload, or on what is sent to a host that no pod stands behind.
type Table struct {
	Pod      mesh.Ref        // zero of a host
	Capture  capture.Capture // ditto
	Services []Service
	Policies []Policy
	Gaps     []mesh.Gap // of policies, and of what decides on the places
}

// Service is a Service or ServiceEntry that sends to the workload, and its waypoint.
type Service struct {
	Host    *mesh.Host
	Binding waypoint.Binding
	Ingress waypoint.Ingress
	Reach   precedence.LossReason // whether the waypoint can be reached; empty without one
	// Undialled is why clients dial no address of the host, so that nobody passes its waypoint; empty where they do.
	Undialled precedence.LossReason
}

// Policy is a policy that names the workload, or a Service of it, and the places where it is enforced.
type Policy struct {
	Ref    mesh.Ref
	Action string   // of an AuthorizationPolicy; empty else
	MadeBy mesh.Ref // the flag of istiod that has it made; zero where the policy is an object
	Places []Place
	Why    precedence.LossReason // why nobody enforces it
	At     mesh.Ref              // the field that is the reason for it
}

// Nobody reports whether no proxy enforces the policy on any way: no proxy takes it up, or those that do can never match it.
func (p Policy) Nobody() bool {
	return !slices.ContainsFunc(p.Places, func(x Place) bool { return !x.Idle })
}

// AsWritten reports whether every proxy that takes the policy up enforces all of its rules as they are written.
func (p Policy) AsWritten() bool {
	return !p.Nobody() && !slices.ContainsFunc(p.Places, func(x Place) bool { return len(x.Rules) > 0 })
}

// Place is a proxy that enforces a policy.
type Place struct {
	Point  Point
	At     mesh.Ref // the pod, or the waypoint's Gateway
	For    mesh.Ref // the Service whose connections these are; zero for all
	Ways   []Way
	Behind []Way  // of them, those on which the peer is a waypoint, or a gateway, and not the client
	Rules  []Rule // those that are not enforced as written
	Asks   bool   // the policy compares who the peer is: its identity, or its address
	Idle   bool   // the proxy has the policy, and nothing of it can match there: a DENY policy without a rule that can
}

// Rule is a rule that is something else at a place than it is written.
type Rule struct {
	Ref   mesh.Ref
	Fate  string // wider, narrower, changed, inert, dropped
	Lost  []mesh.Ref
	Why   precedence.LossReason // of the first of what is lost
	Ports []int                 // of the Service, where it is so on these alone
	// Behind tells that it is so where the peer is a waypoint alone: on the ways of the place that are behind one.
	Behind bool
}

// Of makes the table of a pod.
func Of(s *mesh.Snapshot, pod *corev1.Pod) Table {
	b := &builder{s: s, ztunnels: s.ForZtunnels(), own: s.For(pod), pod: pod, acting: map[*precedence.Considered]map[mesh.Ref]precedence.Considered{}}
	b.out = Table{Pod: mesh.PodRef(pod), Capture: capture.Of(s, pod)}
	for _, t := range b.ztunnels.Targets(pod) {
		b.service(t.Host)
	}
	b.policies()
	return b.out
}

// OfHost makes the table of a host that no pod stands behind, such as a ServiceEntry for something outside of the mesh. Nothing but its waypoint
// enforces a policy, so that those for pods do not concern it.
func OfHost(s *mesh.Snapshot, host *mesh.Host) Table {
	z := s.ForZtunnels()
	b := &builder{s: s, ztunnels: z, own: z, acting: map[*precedence.Considered]map[mesh.Ref]precedence.Considered{}}
	b.service(host)
	b.policies()
	return b.out
}

type builder struct {
	routes   []route
	s        *mesh.Snapshot // whatever control plane an object is for
	ztunnels *mesh.Snapshot // as the ztunnels' control plane sees it, which tells them what is bound to which waypoint
	own      *mesh.Snapshot // as that of the pod's own proxy does
	pod      *corev1.Pod    // nil where the table is that of a host
	out      Table

	acting map[*precedence.Considered]map[mesh.Ref]precedence.Considered // by the first of a list of candidates: how each of them fared
	peers  []precedence.Considered                                       // how PeerAuthentications fared at the pod's own proxy
	hint   precedence.PeerMode                                           // what clients go by
}

// service takes up a host that sends to the workload, once.
func (b *builder) service(h *mesh.Host) {
	if slices.ContainsFunc(b.out.Services, func(x Service) bool { return x.Host.Ref == h.Ref }) {
		return
	}
	x := Service{Host: h, Binding: waypoint.OfHost(b.ztunnels, h), Ingress: waypoint.FromIngress(b.ztunnels, h)}
	b.out.Gaps = append(b.out.Gaps, slices.Concat(x.Binding.Gaps, x.Ingress.Gaps)...)
	if w := x.Binding.Waypoint; w != nil {
		r := waypoint.ReachOf(b.ztunnels, w)
		x.Reach = r.Why
		b.out.Gaps = append(b.out.Gaps, r.Gaps...)
	}
	if !b.dialled(h) {
		x.Undialled, _ = withoutAddress(h)
	}
	b.out.Services = append(b.out.Services, x)
}

// waypoints are those on a way to the pod: of its Services, and of itself.
func (b *builder) waypoints() []route {
	var out []route
	for _, x := range b.out.Services {
		if x.Undialled != "" {
			continue // nobody can dial an address of its own
		}
		ways := []Way{ByService}
		if x.Ingress.Use {
			ways = append(ways, ByGateway)
		}
		for _, w := range through(x.Binding) {
			out = append(out, route{waypoint.Target{Gateway: w.Ref, Host: x.Host}, ways, b.viewOf(w)})
		}
	}
	if b.pod == nil {
		return out
	}
	own := waypoint.OfPod(b.ztunnels, b.pod)
	b.out.Gaps = append(b.out.Gaps, own.Gaps...)
	for _, w := range through(own) {
		out = append(out, route{waypoint.Target{Gateway: w.Ref}, []Way{ByAddress}, b.viewOf(w)})
	}
	return out
}

// dialled reports whether a host has an address of its own that ztunnel knows.
func (b *builder) dialled(h *mesh.Host) bool {
	return len(h.Addresses) > 0 || h.Entry != nil && ztunnel.Dialled(b.ztunnels, h.Ref)
}

// route is a waypoint that connections pass.
type route struct {
	target waypoint.Target
	ways   []Way
	view   *mesh.Snapshot // as the waypoint's control plane sees it
}

// viewOf is the mesh as the control plane sees it that a waypoint's pods belong to; without a pod, the ztunnels' one.
func (b *builder) viewOf(w *waypoint.Waypoint) *mesh.Snapshot {
	pods, _ := b.s.Pods.In(w.Ref.Namespace)
	for _, p := range pods {
		if p.Labels[mesh.GatewayNameLabel] == w.Ref.Name {
			return b.s.For(p)
		}
	}
	return b.ztunnels
}

func through(b waypoint.Binding) []*waypoint.Waypoint {
	if b.Waypoint == nil {
		return nil
	}
	out := []*waypoint.Waypoint{b.Waypoint}
	if c := b.Canary; c != nil && c.Waypoint != nil && c.Percent > 0 {
		out = append(out, c.Waypoint)
	}
	return out
}
