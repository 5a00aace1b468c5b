package walk

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Walk is all that a rule may look at. Nothing in it is ever changed.
type Walk struct {
	Snapshot *mesh.Snapshot // the cluster as it is
	Request  *flow.Request
	Root     *flow.Node
	Hops     []*Hop
}

// Hop is one party on one of the ways that the request can take.
type Hop struct {
	Role    flow.Role
	Pod     *corev1.Pod    // nil outside of the mesh
	View    *mesh.Snapshot // the mesh as the party's control plane sees it
	Port    int            // that the request comes in at
	In      flow.Flow      // as it came in
	Left    flow.Flow      // as it went on, or as it was where it ended
	results []*flow.Result
	From    *Hop // the party before; nil for the caller
}

// Of goes through a walk, and notes what rules look at: its request, its hops, and the policies that it met.
func Of(s *mesh.Snapshot, q *flow.Request, root *flow.Node) *Walk {
	w := &Walk{Snapshot: s, Request: q, Root: root}
	w.visit(root, nil, nil)
	return w
}

// visit lists the hops below a node, those of the first way on first. A party that splits the request is a hop for each way on.
func (w *Walk) visit(n *flow.Node, within, from *Hop) {
	h := &Hop{Role: n.Role, Pod: n.Flow.Pod, View: w.Snapshot.For(n.Flow.Pod), Port: n.Flow.Wire.Port, In: n.Flow, Left: n.Left, From: from}
	if within != nil {
		h.In, h.Port, h.results = within.In, within.Port, slices.Clone(within.results)
	}
	for i := range n.Results {
		h.results = append(h.results, &n.Results[i])
	}
	if len(n.Split) == 0 {
		w.Hops = append(w.Hops, h)
	}
	for i, f := range n.Split {
		if n.Supposes(i) {
			continue
		}
		w.visit(f.Node, h, from)
	}
	if n.Down != nil {
		w.visit(n.Down, nil, h)
	}
}

// Senders are the proxies that send the request on and look up routes and rules for it.
func (w *Walk) Senders() []*Hop {
	return slices.DeleteFunc(slices.Clone(w.Hops), func(h *Hop) bool { return h.Left.Scope == nil })
}

// Sidecars are the clients' own proxies among the senders.
func (w *Walk) Sidecars() []*Hop {
	return slices.DeleteFunc(w.Senders(), func(h *Hop) bool { return h.Role != flow.ClientSidecar })
}

// Gateways are the gateways on the way, whether they take the request or not.
func (w *Walk) Gateways() []*Hop {
	return slices.DeleteFunc(slices.Clone(w.Hops), func(h *Hop) bool { return !h.IsGateway() })
}

// Guards are the proxies whose policies apply to the request.
func (w *Walk) Guards() []*Hop {
	return slices.DeleteFunc(slices.Clone(w.Hops), func(h *Hop) bool { return !h.IsGateway() && h.Role != flow.ServerSidecar || h.Left.NotIntercepted })
}

// Servers are the server's proxies among the guards: PeerAuthentication acts on them alone.
func (w *Walk) Servers() []*Hop {
	return slices.DeleteFunc(w.Guards(), func(h *Hop) bool { return h.IsGateway() })
}

// Ztunnels are the servers' ztunnels, where the connection passes them.
func (w *Walk) Ztunnels() []*Hop {
	return slices.DeleteFunc(slices.Clone(w.Hops), func(h *Hop) bool {
		return h.Role != flow.Ztunnel || h.In.In != flow.ToServerZtunnel || h.Left.NotIntercepted
	})
}

// IsGateway reports whether the proxy of the hop is a gateway.
func (h *Hop) IsGateway() bool {
	return h.Pod != nil && (h.Role == flow.IngressGateway || h.Role == flow.EgressGateway)
}

// ByPod keeps of several hops at one port of a pod the first, for rules that do not look at the request.
func ByPod(hops []*Hop) []*Hop {
	type key struct {
		pod  mesh.Ref
		port int
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(slices.Clone(hops), func(h *Hop) bool {
		k := key{mesh.PodRef(h.Pod), h.Port}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// Stage is what came of a stage; nil where the hop has none of that name.
func (h *Hop) Stage(name string) *flow.Result {
	for _, r := range h.results {
		if r.Stage == name {
			return r
		}
	}
	return nil
}

// Ends reports whether the request ends, or may end, here for one of the reasons.
func (h *Hop) Ends(why ...flow.Reason) bool {
	return slices.ContainsFunc(h.results, func(r *flow.Result) bool { return r.Rejects() != evidence.False && slices.Contains(why, r.Reason) })
}

// Host is where the proxy sends the request, or would; nil where it knows no such host.
func (h *Hop) Host() *mesh.Host {
	switch {
	case h.Left.Cluster != nil:
		return h.Left.Cluster.Host
	case h.Left.VHost != nil && h.Left.VHost.Host != nil:
		return h.Left.VHost.Host
	}
	return h.Left.Dial.Host
}

// Client is the proxy as rules look it up.
func (h *Hop) Client() precedence.Client { return h.Left.Client }

// Near reports whether rules of a namespace could act on what a sender sends: its own, the host's, or the root namespace.
func (h *Hop) Near(namespace string) bool {
	host := h.Host()
	return namespace == h.Pod.Namespace || namespace == h.View.Config.RootNamespace || host != nil && namespace == host.Namespace
}

// transportReasons are the ways in which two ends do not agree on how the bytes are wrapped.
var transportReasons = []flow.Reason{flow.PlaintextRefused, flow.ServerSpeaksClear, flow.ServerSpeaksTLS, flow.CertificateRefused,
	flow.CertificateRequired, flow.ForeignTLSRefused, flow.TLSOnHTTPPort}

// TransportFails reports whether what a sender sends is not taken for the way it is wrapped.
func (w *Walk) TransportFails(h *Hop) bool {
	return slices.ContainsFunc(w.Hops, func(o *Hop) bool { return o.From == h && o.Ends(transportReasons...) })
}
