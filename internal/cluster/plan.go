package cluster

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// everywhere are the kinds that act across namespaces: they are exported, or bound to hosts and gateways of other namespaces.
var everywhere = []mesh.Kind{
	mesh.Service, mesh.DestinationRule, mesh.VirtualService, mesh.ServiceEntry, mesh.Namespace, mesh.Gateway,
	mesh.HTTPRoute, mesh.GRPCRoute, mesh.TLSRoute, mesh.TCPRoute, mesh.KubeGateway, mesh.GatewayClass, mesh.ReferenceGrant, mesh.ListenerSet,
	mesh.BackendTLSPolicy,
	mesh.WasmPlugin, mesh.TrafficExtension, mesh.EnvoyFilter, // few, so that one list is less than one for each namespace
}

// local are the kinds that act in their own namespace.
var local = append([]mesh.Kind{mesh.Pod, mesh.EndpointSlice, mesh.WorkloadEntry}, meshWide...)

// meshWide are those of them that act on the whole mesh from its root namespace.
var meshWide = []mesh.Kind{
	mesh.AuthorizationPolicy, mesh.PeerAuthentication, mesh.RequestAuthentication, mesh.Sidecar,
}

// atGateways are the kinds that act at gateways alone. A question that comes by one wants them; see [Reader.Wants].
var atGateways = []mesh.Kind{mesh.Ingress, mesh.IngressClass}

// istiod selects the control plane's pods, whose image tells its release (istiod's chart, templates/deployment.yaml).
const istiod = "app=istiod"

// ztunnel selects the pods that serve ambient mode, one on each node: they are of one revision, so that one of them tells of all (ztunnel's
// chart, templates/daemonset.yaml).
const ztunnel = "app=ztunnel"

// waypoints selects what istiod deploys for waypoints (manifests/charts/istio-control/istio-discovery/files/waypoint.yaml).
const waypoints = mesh.ManagedLabel + "=" + mesh.MeshController

// plan lists every question that the need and what is known so far lead to, in the order in which they are asked. The first one stands
// alone: it opens the connection, logs in, and tells where the root namespace is.
func (r *Reader) plan() []task {
	if !r.known.begun {
		return []task{{kind: mesh.ConfigMap, namespace: mesh.DefaultRootNamespace, name: "istio"}}
	}
	p := &plan{known: r.known, need: r.need, roots: r.known.roots()}
	p.named = union(slices.Concat(r.need.Namespaces, r.options.Roots), p.roots)
	for _, namespaces := range r.need.Kinds {
		p.named = union(p.named, namespaces)
	}
	p.named = slices.DeleteFunc(p.named, func(ns string) bool { return ns == "" })
	for _, k := range everywhere {
		p.all(k)
	}
	for _, k := range local {
		p.local(k)
	}
	if r.need.All {
		for _, k := range atGateways {
			p.all(k)
		}
	}
	p.scales()
	for _, api := range mesh.APIs() {
		for _, ns := range r.need.Kinds[api.Kind] {
			if ns == "" {
				p.all(api.Kind)
			} else {
				p.in(api.Kind, ns)
			}
		}
	}
	p.configs()
	p.authorities()
	for _, g := range legacyGroups {
		p.tasks = append(p.tasks, task{group: g})
	}
	return p.tasks
}

type plan struct {
	known *known
	need  Need
	roots []string
	named []string // the namespaces that somebody asks for; refused lists are tried there
	tasks []task
}

func (p *plan) in(k mesh.Kind, namespace string) {
	if k == mesh.Secret || k == mesh.ConfigMap {
		return // never listed
	}
	if !isNamespace(namespace) {
		p.known.kinds[k].in[namespace] = true // what cannot exist is empty
		return
	}
	p.tasks = append(p.tasks, task{kind: k, namespace: namespace})
}

// all reads a kind everywhere. Somebody with rights in some namespaces only gets what those hold.
func (p *plan) all(k mesh.Kind) {
	switch k {
	case mesh.Secret, mesh.ConfigMap:
		return // never listed
	case mesh.Pod:
		for _, ns := range p.known.namespaces(p.named) {
			p.in(k, ns)
		}
		return
	}
	p.tasks = append(p.tasks, task{kind: k})
	if !p.known.refused(k) {
		return
	}
	api, _ := mesh.APIOf(k)
	for _, ns := range p.named {
		switch {
		case api.Namespaced:
			p.in(k, ns)
		case k == mesh.Namespace && isNamespace(ns):
			p.tasks = append(p.tasks, task{kind: k, name: ns})
		}
	}
}

func (p *plan) local(k mesh.Kind) {
	if p.need.All {
		p.all(k)
		return
	}
	for _, ns := range p.need.Namespaces {
		p.in(k, ns)
	}
	if slices.Contains(meshWide, k) {
		for _, ns := range p.roots {
			p.in(k, ns)
		}
	}
}

// scales reads how many pods the waypoints of a namespace want, and have, where one of them has none that is ready: it decides nothing, and tells
// why.
func (p *plan) scales() {
	namespaces := union(p.need.Namespaces, p.need.Kinds[mesh.Pod])
	if p.need.All {
		namespaces = p.known.namespaces(p.named)
	}
	for _, ns := range namespaces {
		if p.known.deserted(ns) {
			p.tasks = append(p.tasks, task{kind: mesh.Deployment, namespace: ns, labels: waypoints})
		}
	}
}

// configs reads the mesh config of every revision that is seen, each by its name, and the images of the control planes.
func (p *plan) configs() {
	for _, ns := range p.known.homes() {
		for _, rev := range p.known.revisions() {
			name := "istio"
			if rev != "" {
				name += "-" + rev
			}
			p.tasks = append(p.tasks, task{kind: mesh.ConfigMap, namespace: ns, name: name})
		}
		if !slices.Contains(p.tasks, task{kind: mesh.Pod, namespace: ns}) {
			p.tasks = append(p.tasks, task{kind: mesh.Pod, namespace: ns, labels: istiod})
			if p.known.ambient {
				p.tasks = append(p.tasks, task{kind: mesh.Pod, namespace: ns, labels: ztunnel, one: true})
			}
		}
	}
}

// isNamespace tells names that a namespace can have. Others are not asked for: they may come from a URL.
func isNamespace(name string) bool { return len(validation.IsDNS1123Label(name)) == 0 }
