package cluster

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// WantsGateways is what it takes to find the gateways of a mesh, for a question from outside that names none: the namespaces in which
// gateways run, as far as they were not read. A Gateway selects pods by labels, in whichever namespace; the Service before them selects
// by the same labels and more. A Gateway of the Gateway API runs in its own namespace. Ingresses are served by the gateway that the mesh config
// selects.
func (r *Reader) WantsGateways(s *mesh.Snapshot) Need {
	var n Need
	want := func(namespace string) {
		if !r.need.All && !slices.Contains(r.need.Namespaces, namespace) {
			n = n.And(Need{Namespaces: []string{namespace}})
		}
	}
	if !r.need.All && !slices.Contains(r.need.Kinds[mesh.Ingress], "") && s.Config.IngressSelector() != nil {
		n = n.And(Need{Kinds: map[mesh.Kind][]string{mesh.Ingress: {""}}})
	}
	services, _ := s.Services.All()
	if s.Ingresses.Len() > 0 {
		for _, svc := range services {
			if sel := s.Config.IngressSelector(); len(sel) > 0 && mesh.Selects(sel, svc.Spec.Selector) {
				want(svc.Namespace)
			}
		}
	}
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
