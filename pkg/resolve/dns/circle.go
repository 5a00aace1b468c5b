package dns

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Circle returns the ExternalName Services that a name leads to and that lead to each other in a circle, so that no resolver comes to an
// address; nil for any other name. They are in the order in which they are followed; the last one leads to the first.
func Circle(s *mesh.Snapshot, namespace, name string) []mesh.Ref {
	var seen []mesh.Ref
	for {
		h, _ := serviceNamed(s, namespace, strings.ToLower(name))
		if h == nil || h.Resolution != mesh.Alias {
			return nil
		}
		at := h.Ref.At("spec.externalName")
		if i := slices.Index(seen, at); i >= 0 {
			return seen[i:]
		}
		seen, namespace, name = append(seen, at), h.Namespace, h.Service.Spec.ExternalName
	}
}

// serviceNamed finds the Service that a name stands for within a namespace, and what stands before the Service's own name.
func serviceNamed(s *mesh.Snapshot, namespace, name string) (h *mesh.Host, rest string) {
	svc, ns, rest, inCluster := SplitName(s, name, namespace)
	if !inCluster {
		return nil, ""
	}
	for _, h := range s.HostsNamed(mesh.ServiceHost(svc, ns)) {
		if h.Kube {
			return h, rest
		}
	}
	return nil, rest
}

// Way writes a circle down: each member, and the first one again.
func Way(circle []mesh.Ref) string {
	var names []string
	for _, r := range append(slices.Clone(circle), circle[0]) {
		names = append(names, r.Namespace+"/"+r.Name)
	}
	if len(names) > 6 {
		names = append(append(names[:3:3], "..."), names[len(names)-2:]...)
	}
	return strings.Join(names, " -> ")
}
