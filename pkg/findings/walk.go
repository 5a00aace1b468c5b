package findings

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// walk is all that a rule may look at. Nothing in it is ever changed.
type walk struct {
	snap *mesh.Snapshot // the cluster as it is
	ask  *flow.Request
	root *flow.Node
	hops []*hop
}

// hop is one party on one of the ways that the request can take.
type hop struct {
	role    flow.Role
	pod     *corev1.Pod    // nil outside of the mesh
	view    *mesh.Snapshot // the mesh as the party's control plane sees it
	port    int            // that the request comes in at
	in      flow.Flow      // as it came in
	left    flow.Flow      // as it went on, or as it was where it ended
	results []*flow.Result
	from    *hop // the party before; nil for the caller
}

func newWalk(s *mesh.Snapshot, q *flow.Request, root *flow.Node) *walk {
	w := &walk{snap: s, ask: q, root: root}
	w.visit(root, nil, nil)
	return w
}

// visit lists the hops below a node, those of the first way on first. A party that splits the request is a hop for each way on.
func (w *walk) visit(n *flow.Node, within, from *hop) {
	h := &hop{role: n.Role, pod: n.Flow.Pod, view: w.snap.For(n.Flow.Pod), port: n.Flow.Wire.Port, in: n.Flow, left: n.Left, from: from}
	if within != nil {
		h.in, h.port, h.results = within.in, within.port, slices.Clone(within.results)
	}
	for i := range n.Results {
		h.results = append(h.results, &n.Results[i])
	}
	if len(n.Split) == 0 {
		w.hops = append(w.hops, h)
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

// senders are the proxies that send the request on and look up routes and rules for it.
func (w *walk) senders() []*hop {
	return slices.DeleteFunc(slices.Clone(w.hops), func(h *hop) bool { return h.left.Scope == nil })
}

// sidecars are the clients' own proxies among the senders.
func (w *walk) sidecars() []*hop {
	return slices.DeleteFunc(w.senders(), func(h *hop) bool { return h.role != flow.ClientSidecar })
}

// gateways are the gateways on the way, whether they take the request or not.
func (w *walk) gateways() []*hop {
	return slices.DeleteFunc(slices.Clone(w.hops), func(h *hop) bool { return !h.gateway() })
}

// guards are the proxies whose policies apply to the request.
func (w *walk) guards() []*hop {
	return slices.DeleteFunc(slices.Clone(w.hops), func(h *hop) bool { return !h.gateway() && h.role != flow.ServerSidecar || h.left.Bypassed })
}

// servers are the server's proxies among the guards: PeerAuthentication acts on them alone.
func (w *walk) servers() []*hop {
	return slices.DeleteFunc(w.guards(), func(h *hop) bool { return h.gateway() })
}

func (h *hop) gateway() bool {
	return h.pod != nil && (h.role == flow.IngressGateway || h.role == flow.EgressGateway)
}

// byPod keeps of several hops at one port of a pod the first, for rules that do not look at the request.
func byPod(hops []*hop) []*hop {
	type key struct {
		pod  mesh.Ref
		port int
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(slices.Clone(hops), func(h *hop) bool {
		k := key{mesh.PodRef(h.pod), h.port}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// stage is what came of a stage; nil where the hop has none of that name.
func (h *hop) stage(name string) *flow.Result {
	for _, r := range h.results {
		if r.Stage == name {
			return r
		}
	}
	return nil
}

// ends tells whether the request ends, or may end, here for one of the reasons.
func (h *hop) ends(why ...flow.Reason) bool {
	return slices.ContainsFunc(h.results, func(r *flow.Result) bool { return r.Rejects != evidence.False && slices.Contains(why, r.Reason) })
}

// host is where the proxy sends the request, or would; nil where it knows no such host.
func (h *hop) host() *mesh.Host {
	switch {
	case h.left.Cluster != nil:
		return h.left.Cluster.Host
	case h.left.VHost != nil && h.left.VHost.Host != nil:
		return h.left.VHost.Host
	}
	return h.left.Dial.Host
}

// client is the proxy as rules look it up.
func (h *hop) client() precedence.Client { return h.left.Client }

// near tells whether rules of a namespace could act on what a sender sends: its own, the host's, or the root namespace.
func (h *hop) near(namespace string) bool {
	host := h.host()
	return namespace == h.pod.Namespace || namespace == h.view.Config.RootNamespace || host != nil && namespace == host.Namespace
}

// transportReasons are the ways in which two ends do not agree on how the bytes are wrapped.
var transportReasons = []flow.Reason{flow.PlaintextRefused, flow.ServerSpeaksClear, flow.ServerSpeaksTLS, flow.CertificateRefused,
	flow.CertificateRequired, flow.ForeignTLSRefused, flow.TLSOnHTTPPort}

// transportFails tells whether what a sender sends is not taken for the way it is wrapped.
func (w *walk) transportFails(h *hop) bool {
	return slices.ContainsFunc(w.hops, func(o *hop) bool { return o.from == h && o.ends(transportReasons...) })
}
