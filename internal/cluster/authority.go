package cluster

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// authorities are the ConfigMaps with certificate authorities that BackendTLSPolicies and Gateways name, each with the gap that it is while nobody has
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
	for at := range k.frontends() {
		out[at] = mesh.Ref{Kind: mesh.ConfigMap, Namespace: at.namespace, Name: at.name}.Unread()
	}
	return out
}

// frontends are those that Gateways name, with the namespaces of these.
func (k *known) frontends() map[place][]string {
	out := map[place][]string{}
	for _, o := range k.kinds[mesh.KubeGateway].objects {
		if g, ok := o.(*gatewayv1.Gateway); ok {
			for _, ref := range mesh.AuthoritiesOf(g) {
				at := place{ref.Namespace, ref.Name}
				out[at] = append(out[at], g.Namespace)
			}
		}
	}
	return out
}

// authorities reads those that matter, each by its name: a policy acts on what is in its own namespace, and so does a Gateway, which may name a
// ConfigMap of another one.
func (p *plan) authorities() {
	frontends := p.known.frontends()
	for _, at := range places(p.known.authorities()) {
		if p.need.All || slices.ContainsFunc(append(frontends[at], at.namespace), func(ns string) bool { return slices.Contains(p.need.Namespaces, ns) }) {
			p.tasks = append(p.tasks, task{kind: mesh.ConfigMap, namespace: at.namespace, name: at.name})
		}
	}
}

// elsewhere reports whether all control planes are known to be in other namespaces than this one: what may not be read here is no mesh config then.
func (k *known) elsewhere(namespace string) bool {
	return k.kinds[mesh.Service].all && len(k.istiod) > 0 && !k.istiod[namespace]
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
		} else if !k.elsewhere(at.namespace) {
			configs.failed[at] = g
		}
	}
	for at, g := range of.lost {
		if _, is := authorities[at]; !is && !k.elsewhere(at.namespace) {
			configs.lost[at] = g
		}
		delete(authorities, at)
	}
	for _, at := range places(authorities) {
		unread = append(unread, authorities[at])
	}
	return configs, unread
}
