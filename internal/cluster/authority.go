package cluster

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// authorities are the ConfigMaps with certificate authorities that BackendTLSPolicies name, each with the gap that it is while nobody has
// looked for it.
func (k *known) authorities() map[place]mesh.Gap {
	out := map[place]mesh.Gap{}
	for _, o := range k.kinds[mesh.BackendTLSPolicy].objects {
		if p, ok := o.(*gatewayv1.BackendTLSPolicy); ok {
			if ref, ok := mesh.AuthorityOf(p); ok {
				out[place{ref.Namespace, ref.Name}] = ref.Unread()
			}
		}
	}
	return out
}

// authorities reads those of the namespaces that matter, each by its name: a policy acts on what is in its own namespace.
func (p *plan) authorities() {
	for _, at := range places(p.known.authorities()) {
		if p.need.All || slices.Contains(p.need.Namespaces, at.namespace) {
			p.tasks = append(p.tasks, task{kind: mesh.ConfigMap, namespace: at.namespace, name: at.name})
		}
	}
}

// configMaps tells what is known of mesh configs, and apart from it what is not known of certificate authorities.
func (k *known) configMaps() (configs *kindKnown, unread []mesh.Gap) {
	of, configs := k.kinds[mesh.ConfigMap], newKindKnown()
	configs.broken = of.broken
	authorities := k.authorities()
	for n, o := range of.objects {
		at := place{n.Namespace, n.Name}
		if _, is := authorities[at]; !is {
			configs.objects[n] = o
		}
		delete(authorities, at)
	}
	for at, g := range of.failed {
		if _, is := authorities[at]; is {
			authorities[at] = g
		} else {
			configs.failed[at] = g
		}
	}
	for at, g := range of.lost {
		if _, is := authorities[at]; !is {
			configs.lost[at] = g
		}
		delete(authorities, at)
	}
	for _, at := range places(authorities) {
		unread = append(unread, authorities[at])
	}
	return configs, unread
}
