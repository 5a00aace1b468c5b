package cluster

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// snapshot makes one of what is known. A kind that was not asked for is there too, as a list that was never read.
func (k *known) snapshot() *mesh.Snapshot {
	s := &mesh.Snapshot{}
	fill(k, &s.Namespaces, mesh.Namespace)
	fill(k, &s.Nodes, mesh.Node)
	fill(k, &s.Pods, mesh.Pod)
	fill(k, &s.Services, mesh.Service)
	fill(k, &s.EndpointSlices, mesh.EndpointSlice)
	fill(k, &s.ConfigMaps, mesh.ConfigMap)
	fill(k, &s.Secrets, mesh.Secret)
	fill(k, &s.Ingresses, mesh.Ingress)
	fill(k, &s.IngressClasses, mesh.IngressClass)
	fill(k, &s.NetworkPolicies, mesh.NetworkPolicy)
	fill(k, &s.Deployments, mesh.Deployment)

	fill(k, &s.PeerAuthentications, mesh.PeerAuthentication)
	fill(k, &s.RequestAuthentications, mesh.RequestAuthentication)
	fill(k, &s.AuthorizationPolicies, mesh.AuthorizationPolicy)
	fill(k, &s.DestinationRules, mesh.DestinationRule)
	fill(k, &s.VirtualServices, mesh.VirtualService)
	fill(k, &s.Gateways, mesh.Gateway)
	fill(k, &s.ServiceEntries, mesh.ServiceEntry)
	fill(k, &s.Sidecars, mesh.Sidecar)
	fill(k, &s.WorkloadEntries, mesh.WorkloadEntry)
	fill(k, &s.EnvoyFilters, mesh.EnvoyFilter)
	fill(k, &s.ProxyConfigs, mesh.ProxyConfig)
	fill(k, &s.WasmPlugins, mesh.WasmPlugin)
	fill(k, &s.TrafficExtensions, mesh.TrafficExtension)

	fill(k, &s.KubeGateways, mesh.KubeGateway)
	fill(k, &s.GatewayClasses, mesh.GatewayClass)
	fill(k, &s.HTTPRoutes, mesh.HTTPRoute)
	fill(k, &s.GRPCRoutes, mesh.GRPCRoute)
	fill(k, &s.TLSRoutes, mesh.TLSRoute)
	fill(k, &s.TCPRoutes, mesh.TCPRoute)
	fill(k, &s.ReferenceGrants, mesh.ReferenceGrant)
	fill(k, &s.ListenerSets, mesh.ListenerSet)
	fill(k, &s.BackendTLSPolicies, mesh.BackendTLSPolicy)
	s.Newer, s.Legacy = k.unsupported(), oldest(k.legacy)
	return s.Ready()
}

func fill[T metav1.Object](k *known, l *mesh.List[T], kind mesh.Kind) {
	of := k.kinds[kind]
	items := make([]T, 0, len(of.objects))
	for _, o := range of.objects {
		if t, ok := o.(T); ok {
			items = append(items, t)
		}
	}
	*l = mesh.NewList(kind, items, k.coverage(kind), k.gaps(kind)...)
}

// coverage tells where a kind was read. Pods are never listed across namespaces: they are known everywhere once every namespace was
// asked for. Of ConfigMaps only those with mesh configs are asked for; those that matter are known once the control planes are.
func (k *known) coverage(kind mesh.Kind) mesh.Coverage {
	of := k.kinds[kind]
	all := of.all
	switch kind {
	case mesh.Pod:
		namespaces := k.kinds[mesh.Namespace]
		all = namespaces.all
		for n := range namespaces.objects {
			_, failed := of.failed[place{namespace: n.Name}]
			all = all && (of.in[n.Name] || failed)
		}
	case mesh.ConfigMap:
		configs, _ := k.configMaps()
		all = k.begun && len(configs.failed) == 0 && (len(configs.objects) > 0 || k.kinds[mesh.Service].all)
	}
	if all {
		return mesh.Coverage{All: true}
	}
	return mesh.Coverage{Namespaces: slices.Sorted(maps.Keys(of.in))}
}

// gaps are those of a list. A mesh config that is not where it usually is may be elsewhere as long as the control planes are not known.
func (k *known) gaps(kind mesh.Kind) []mesh.Gap {
	if kind != mesh.ConfigMap {
		return k.kinds[kind].gaps()
	}
	configs, authorities := k.configMaps()
	gaps := configs.gaps()
	if len(gaps) == 0 && !k.coverage(kind).All {
		for _, p := range places(configs.lost) {
			gaps = append(gaps, configs.lost[p])
		}
	}
	return append(gaps, authorities...)
}
