package repair

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

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
