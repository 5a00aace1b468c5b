package repair

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/repair/ambient"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// byWaypoint are the changes by which a waypoint decides on the request. Where one of them mends it, opening the pods to the client is a stopgap.
var byWaypoint = []string{"NextBindWaypoint", "NextDeployWaypoint", "NextMoveToWaypoint", "NextAdmitWaypoint", "NextAllowAtWaypoint", "NextLabelService", "NextIngressWaypoint"}

// putWaypointsFirst has changes of policies that open a pod stand behind those by which a waypoint decides.
func putWaypointsFirst(list []Repair) {
	is := func(r Repair) bool { return slices.Contains(byWaypoint, r.Code) }
	if !slices.ContainsFunc(list, is) {
		return
	}
	for i := range list {
		list[i].Last = list[i].Last || !is(list[i]) && opening(list[i])
	}
}

// unreadable reports whether some ALLOW policy has a rule that asks for HTTP, which a ztunnel leaves out. A rule of another kind in its place
// would let in what that does not.
func (i *incident) unreadable() bool {
	return i.o.At != nil && slices.ContainsFunc(i.o.At.Candidates, func(c flow.Candidate) bool { return c.Why == ztunnel.NeedsHTTP })
}

// passes reports whether the request comes through a waypoint. A rule for the waypoint's identity would let in whoever that lets through, and
// not the client that a policy asks for.
func (i *incident) passes() bool {
	passes := false
	i.root.Each(func(n *flow.Node, _ *flow.Result) { passes = passes || n.Role == flow.Waypoint })
	return passes
}

// called is the host that the client's ztunnel, or a gateway, sends to; nil where it is none with an address of its own. byGateway tells the
// latter.
func (i *incident) called() (h *mesh.Host, byGateway bool) {
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		switch {
		case h != nil:
		case n.Left.Addressee.Host != nil:
			h = n.Left.Addressee.Host
		case n.Role == flow.IngressGateway && n.Left.Cluster != nil:
			h = n.Left.Cluster.Host
		}
		byGateway = byGateway || n.Role == flow.IngressGateway
	})
	if h == nil || len(h.Addresses) == 0 || h.Service == nil && h.Entry == nil {
		return nil, false
	}
	return h, byGateway
}

// bind mends what a ztunnel refuses by a waypoint: the labels by which the request passes one, where that is what policies ask for; and the
// policies at the waypoint, where ztunnel cannot enforce them, since it reads no HTTP or does not see the client.
func (i *incident) bind() []Change {
	f, ok := i.at()
	h, byGateway := i.called()
	if !ok || h == nil || f.At.Role != flow.Ztunnel || f.Pod == nil || f.In != flow.ToServerZtunnel || !sends(h, f.Pod) || len(i.correct()) > 0 {
		return nil
	}
	var out []Change
	for _, w := range i.waypoints(h) {
		labels := i.labels(h, w, byGateway)
		if len(labels) > 0 && w.New == nil && ambient.Wanted(i.s, f.Pod, w) {
			out = append(out, labelling(h, w, byGateway, i.bound(h), labels))
		}
		args := []string{h.Ref.ID(), w.Ref.ID()}
		moved, own := ambient.Move(i.s, f.Pod, h, w, true), ambient.Attached(i.s, h, w)
		if len(moved) > 0 {
			out = append(out, Change{Code: i.moving(h, w), Args: args, Objects: append(slices.Clone(labels), moved...)})
		}
		if c, ok := i.allowAt(h, w); ok && len(moved) == 0 && !own {
			out = append(out, c)
		}
		if moved := ambient.Move(i.s, f.Pod, h, w, false); own && len(moved) > 0 {
			out = append(out, Change{Code: "NextAdmitWaypoint", Args: args, Objects: append(slices.Clone(labels), moved...)})
		}
	}
	return out
}

// sends reports whether a host sends to a pod itself, and no route of it to another host's.
func sends(h *mesh.Host, pod *corev1.Pod) bool {
	return len(h.Selector) == 0 || h.Namespace == pod.Namespace && mesh.Selects(h.Selector, pod.Labels)
}

// moving is the code of a change that moves policies to a waypoint.
func (i *incident) moving(h *mesh.Host, w ambient.Waypoint) string {
	switch {
	case w.New != nil:
		return "NextDeployWaypoint"
	case i.bound(h):
		return "NextMoveToWaypoint"
	}
	return "NextBindWaypoint"
}

// receiver is the pod that the request reaches.
func (i *incident) receiver() *corev1.Pod {
	var pod *corev1.Pod
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		if n.Role == flow.Application && pod == nil {
			pod = n.Flow.Pod
		}
	})
	return pod
}

// allowAt lets in this client with this method and path at the waypoint that the request passes, where nothing that could be moved there allows
// it.
func (i *incident) allowAt(h *mesh.Host, w ambient.Waypoint) (Change, bool) {
	if i.q.Source == nil || capture.StateOf(i.q.Source) != capture.Captured || !i.bound(h) || i.q.Raw() || !literal(i.q.Path) {
		return Change{}, false
	}
	client := mesh.Identity(i.s.Config.TrustDomain(), i.q.Source.Namespace, mesh.ServiceAccountOf(i.q.Source))
	path, _, _ := strings.Cut(i.q.Path, "?")
	rule := &security.Rule{
		From: []*security.Rule_From{{Source: &security.Source{Principals: []string{strings.TrimPrefix(client, "spiffe://")}}}},
		To:   []*security.Rule_To{{Operation: &security.Operation{Methods: []string{i.q.Method}, Paths: []string{path}}}},
	}
	objects := ambient.Allow(i.s, h, w, rule)
	return Change{Code: "NextAllowAtWaypoint", Args: []string{h.Ref.ID(), w.Ref.ID()}, Objects: objects}, len(objects) > 0
}

// waypoints are those that could serve a host; a new one where there is none.
func (i *incident) waypoints(h *mesh.Host) []ambient.Waypoint {
	out := ambient.Usable(i.s, h)
	if w, ok := ambient.Fresh(i.s, h); ok && len(out) == 0 {
		out = append(out, w)
	}
	return out
}

func (i *incident) bound(h *mesh.Host) bool {
	return waypoint.OfHost(i.s.ForZtunnels(), h).Waypoint != nil
}

// labels are the objects that have the request pass a waypoint; none where it does already.
func (i *incident) labels(h *mesh.Host, w ambient.Waypoint, byGateway bool) []metav1.Object {
	var out []metav1.Object
	if w.New != nil {
		out = append(out, w.New)
	}
	byGateway = byGateway && !waypoint.FromIngress(i.s, h).Use
	switch bound := i.bound(h); {
	case !bound && byGateway:
		out = append(out, ambient.BoundFromGateways(h, w))
	case !bound:
		out = append(out, ambient.Bound(h, w))
	case byGateway:
		out = append(out, ambient.FromGateways(h))
	}
	return out
}

// labelling is the change of labels alone.
func labelling(h *mesh.Host, w ambient.Waypoint, byGateway, bound bool, labels []metav1.Object) Change {
	code := "NextLabelService"
	if byGateway && bound {
		code = "NextIngressWaypoint"
	}
	return Change{Code: code, Args: []string{h.Ref.ID(), w.Ref.ID()}, Objects: labels}
}

// wake mends a waypoint that is bound and that nobody serves, by which connections are closed: a pod of it has to get ready; or, where it is no
// waypoint at all, the host is bound to one.
func (i *incident) wake() []Change {
	var out []Change
	h, byGateway := i.called()
	for _, ref := range i.causes(mesh.KubeGateway) {
		at := ref.Object()
		w, _ := waypoint.Named(i.s, at.Namespace, at.Name)
		if w == nil {
			continue
		}
		reach := waypoint.ReachOf(i.s.ForZtunnels(), w)
		switch x := reach.Scale; {
		case reach.Why == waypoint.NoReadyPod && !x.Deployment.IsZero() && x.Wanted == 0:
			out = append(out, Change{Code: "NextScaleWaypoint", Args: []string{at.ID(), x.Deployment.ID()}, Wakes: at,
				Command: shell.Command("kubectl", "scale", "deployment", x.Deployment.Name, "-n", at.Namespace, "--replicas=1")})
		case reach.Why == waypoint.NoReadyPod:
			out = append(out, Change{Code: "NextWakeWaypoint", Args: []string{at.ID()}, Wakes: at,
				Command: shell.Command("kubectl", "get", "deployments,pods", "-n", at.Namespace, "-l", mesh.GatewayNameLabel+"="+at.Name)})
		case reach.Why == waypoint.PortMissing || reach.Why == waypoint.ServiceMissing:
			if h == nil {
				continue
			}
			for _, other := range ambient.Others(i.s, h) {
				out = append(out, labelling(h, other, byGateway, false, []metav1.Object{ambient.Bound(h, other)}))
			}
		}
	}
	return out
}
