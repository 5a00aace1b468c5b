package cluster

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// WantsGateways is what it takes to find the gateways of a mesh, for a question from outside that names none: the namespaces in which
// gateways run, as far as they were not read. A Gateway selects pods by labels, in whichever namespace; the Service before them selects
// by the same labels and more. A Gateway of the Gateway API runs in its own namespace.
func (r *Reader) WantsGateways(s *mesh.Snapshot) Need {
	var n Need
	want := func(namespace string) {
		if !r.need.All && !slices.Contains(r.need.Namespaces, namespace) {
			n = n.And(Need{Namespaces: []string{namespace}})
		}
	}
	services, _ := s.Services.All()
	gateways, _ := s.Gateways.All()
	for _, g := range gateways {
		for _, svc := range services {
			if sel := g.Spec.GetSelector(); len(sel) > 0 && mesh.Selects(sel, svc.Spec.Selector) {
				want(svc.Namespace)
			}
		}
	}
	kube, _ := s.KubeGateways.All()
	for _, g := range kube {
		want(g.Namespace)
	}
	return n
}
