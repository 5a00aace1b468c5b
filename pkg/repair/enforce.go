package repair

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
	"github.com/mesh-why/mesh-why/pkg/repair/ambient"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Enforcement is a change by which a policy acts on a request that gets past it today. It was tried: with it the request fares worse, by
// that policy.
type Enforcement struct {
	Policy mesh.Ref
	Repair
}

// maxEnforced bounds the policies that are tried for a question.
const maxEnforced = 4

// Enforce returns what has policies act that were meant for the request: those that a waypoint would enforce where none is on the way, and those that
// are in another namespace than the gateway that they name, or that select nothing and were meant for a pod on the way.
func Enforce(s *mesh.Snapshot, q *flow.Request, root *flow.Node, v flow.Verdict) []Enforcement {
	i := &incident{s: s, q: q, root: root, v: v}
	if !v.Settled || reach.Served(v) == 0 {
		return nil
	}
	m := reach.New(s, q, root)
	out := append(i.relocated(m), i.misselected(m)...)
	for _, p := range i.ineffective() {
		var found []Repair
		for _, c := range i.enforcing(p) {
			if r, ok := i.enforced(p, c); ok && !slices.ContainsFunc(found, r.same) {
				r.Reach = m.Of(r.Mesh(s), r.touched())
				found = append(found, r)
			}
		}
		slices.SortStableFunc(found, func(a, b Repair) int { return cmp.Compare(a.Reach.Pairs(), b.Reach.Pairs()) })
		if len(found) > 0 {
			out = append(out, Enforcement{p, found[0]})
		}
	}
	return out
}

// ineffective lists the policies that mean the pods which the request reaches, or their Service, and that no proxy on its way enforces.
func (i *incident) ineffective() []mesh.Ref {
	var out []mesh.Ref
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		if n.Role != flow.Application || capture.StateOf(n.Flow.Pod) != capture.Captured {
			return // a waypoint is of ambient mode
		}
		for _, p := range enforcement.Of(i.s, n.Flow.Pod).Policies {
			elsewhere := !i.passes() && slices.ContainsFunc(p.Places, func(x enforcement.Place) bool { return x.Point == enforcement.Waypoint })
			if (p.Nobody() || elsewhere || i.passes() && blind(p)) && p.Ref.Kind != mesh.PeerAuthentication && !slices.Contains(out, p.Ref) && len(out) < maxEnforced {
				out = append(out, p.Ref)
			}
		}
	})
	return out
}

// blind reports whether a DENY policy is for clients that it cannot see, as they come through a waypoint.
func blind(p enforcement.Policy) bool {
	return p.Action == "DENY" && slices.ContainsFunc(p.Places, func(x enforcement.Place) bool {
		return slices.ContainsFunc(x.Rules, func(r enforcement.Rule) bool { return r.Behind })
	})
}

// enforcing are the changes that can have a policy act: what is compared written as it is seen, where that is all; labels, for one that is a
// waypoint's already; for one that selects pods a place at a waypoint too.
func (i *incident) enforcing(policy mesh.Ref) []Change {
	pod := i.receiver()
	if c := i.asSeen(policy, pod); len(c) > 0 {
		return c
	}
	h, byGateway := i.called()
	if h == nil {
		return nil
	}
	var out []Change
	if g := ambient.Opened(i.s, h); g != nil {
		out = append(out, Change{Code: "NextOpenWaypoint", Args: []string{mesh.RefTo(g).ID(), h.Ref.ID()}, Objects: []metav1.Object{g}})
	}
	for _, w := range i.waypoints(h) {
		labels := i.labels(h, w, byGateway)
		if i.aimed(policy) {
			if w.New != nil {
				out = append(out, Change{Code: "NextDeployAndBind", Args: []string{h.Ref.ID(), w.Ref.ID()}, Objects: labels})
			} else if len(labels) > 0 {
				out = append(out, labelling(h, w, byGateway, i.bound(h), labels))
			}
			continue
		}
		if pod == nil {
			continue
		}
		moved := ambient.Move(i.s, pod, h, w, true)
		if policy.Kind == mesh.RequestAuthentication {
			moved = ambient.Tokens(i.s, pod, h)
		}
		if len(moved) > 0 {
			out = append(out, Change{Code: i.moving(h, w), Args: []string{h.Ref.ID(), w.Ref.ID()}, Objects: append(labels, moved...)})
		}
	}
	return out
}

// aimed reports whether a policy has targetRefs.
func (i *incident) aimed(ref mesh.Ref) bool {
	if p, ok, _ := i.s.AuthorizationPolicies.Get(ref.Namespace, ref.Name); ok && ref.Kind == mesh.AuthorizationPolicy {
		return len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil
	}
	p, ok, _ := i.s.RequestAuthentications.Get(ref.Namespace, ref.Name)
	return ok && (len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil)
}

// enforced tries a change: the request has to fare worse, by the policy, or by what the change makes of it.
func (i *incident) enforced(policy mesh.Ref, c Change) (Repair, bool) {
	after, ok := ask(c.Mesh(i.s), i.q)
	if !ok || !after.Settled || reach.Served(after) >= reach.Served(i.v) {
		return Repair{}, false
	}
	acts := append(refsOf(c.Objects), policy)
	if !slices.ContainsFunc(after.Outcomes, func(o flow.Outcome) bool {
		return slices.ContainsFunc(o.By, func(b flow.Responsible) bool {
			return b.Ref.Kind == policy.Kind && slices.Contains(acts, b.Ref.Object())
		})
	}) {
		return Repair{}, false
	}
	r := Repair{Change: c, After: after}
	r.Patch, r.Changed, r.Removed, ok = patch(i.s, c.Objects)
	return r, ok
}

// relocated moves policies that were meant for a gateway on the way to the namespace of its pod, where they act (Istio: AuthorizationPolicy, selector
// and targetRefs).
func (i *incident) relocated(m *reach.Measure) []Enforcement {
	var out []Enforcement
	seen := map[mesh.Ref]bool{}
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		if n.Role != flow.IngressGateway && n.Role != flow.EgressGateway || n.Flow.Pod == nil || len(out) >= maxEnforced {
			return
		}
		for _, at := range precedence.Misplaced(i.s, n.Flow.Pod) {
			o, ok := i.s.Object(at.Object())
			if !ok || seen[at] {
				continue
			}
			seen[at] = true
			copied, ok := o.(interface{ DeepCopyObject() runtime.Object })
			if !ok {
				continue
			}
			p, ok := copied.DeepCopyObject().(metav1.Object)
			if !ok {
				continue
			}
			c, ok := i.moved(p, at.Object(), n.Flow.Pod.Namespace)
			if !ok {
				continue
			}
			if r, ok := i.enforced(at.Object(), c); ok && !slices.ContainsFunc(out, func(x Enforcement) bool { return x.same(r) }) {
				r.Reach = m.Of(r.Mesh(i.s), r.touched())
				out = append(out, Enforcement{at.Object(), r})
			}
		}
	})
	return out
}
