package repair

import (
	"slices"

	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const useWaypoint = "istio.io/use-waypoint"

// unreadable lists the ALLOW policies of which a ztunnel leaves a rule out because it asks for HTTP. A rule of another kind in their place
// would let in what they do not.
func (i *incident) unreadable() []*securityapi.AuthorizationPolicy {
	var out []*securityapi.AuthorizationPolicy
	if i.o.At == nil {
		return nil
	}
	for _, c := range i.o.At.Candidates {
		p, ok, _ := i.s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
		if ok && c.Why == ztunnel.NeedsHTTP && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// behindWaypoint reports whether an ALLOW policy that selects the pod compares the identity of a waypoint in place of the client's: a rule for
// that identity lets in whoever the waypoint lets through, and not the client that the policy asks for.
func (i *incident) behindWaypoint() bool {
	passes := false
	i.root.Each(func(n *flow.Node, _ *flow.Result) { passes = passes || n.Role == flow.Waypoint })
	return passes && i.o.At != nil && slices.ContainsFunc(i.o.At.Candidates, func(c flow.Candidate) bool {
		p, ok, _ := i.s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
		return ok && c.Applies && len(p.Spec.GetSelector().GetMatchLabels()) > 0 && len(p.Spec.Rules) > 0
	})
}

// bind moves what asks for HTTP from a ztunnel, which reads none, to a waypoint of the Service's namespace: the Service gets the label, the
// policies get targetRefs, and the pods take connections from the waypoint alone, so that nobody goes past it.
func (i *incident) bind() []Change {
	f, ok := i.at()
	h := f.Addressee.Host
	policies := i.unreadable()
	if !ok || f.At.Role != flow.Ztunnel || h == nil || !h.Kube || len(policies) == 0 || f.Pod == nil {
		return nil
	}
	selector := i.selectorFor(f.Pod)
	gateways, _ := i.s.KubeGateways.In(h.Namespace)
	var out []Change
	for _, g := range gateways {
		if g.Spec.GatewayClassName != "istio-waypoint" || len(g.Status.Addresses) == 0 || selector == nil {
			continue
		}
		service := h.Service.DeepCopy()
		if service.Labels == nil {
			service.Labels = map[string]string{}
		}
		service.Labels[useWaypoint] = g.Name
		objects := []metav1.Object{service}
		for _, p := range policies {
			if p.Namespace != h.Namespace {
				return nil // a policy for a Service has to be in its namespace
			}
			c := p.DeepCopy()
			c.Spec.Selector, c.Spec.TargetRefs = nil, []*typeapi.PolicyTargetReference{{Kind: "Service", Name: h.Ref.Name}}
			objects = append(objects, c)
		}
		objects = append(objects, fromWaypoint(h.Namespace, g.Name, selector))
		out = append(out, Change{Code: "NextBindWaypoint", Facts: []string{h.Ref.ID(), mesh.Ref{Namespace: g.Namespace, Name: g.Name}.ID()}, Objects: objects})
	}
	return out
}

// fromWaypoint is a policy by which pods take connections from a waypoint alone. Its pods have a service account of its name.
func fromWaypoint(namespace, name string, selector map[string]string) *securityapi.AuthorizationPolicy {
	p := &securityapi.AuthorizationPolicy{ObjectMeta: metav1.ObjectMeta{Name: nameFor(selector, "from-waypoint"), Namespace: namespace}}
	p.Spec.Selector = workloads(selector)
	p.Spec.Rules = []*security.Rule{{From: []*security.Rule_From{{Source: &security.Source{Principals: []string{"*/ns/" + namespace + "/sa/" + name}}}}}}
	return p
}
