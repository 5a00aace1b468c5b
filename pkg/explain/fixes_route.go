package explain

import (
	"strconv"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

var networkingV1 = func(k mesh.Kind) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: "networking.istio.io/v1", Kind: string(k)}
}

// defineSubset adds the subset to the DestinationRule that applies, with the label that subsets usually go by.
func defineSubset(a *advice, o flow.Outcome) (fix, bool) {
	var cluster *flow.Cluster
	a.root.Each(func(n *flow.Node, r *flow.Result) {
		if r.Reason == flow.SubsetUndefined && n.Left.Cluster != nil {
			cluster = n.Left.Cluster
		}
	})
	if cluster == nil {
		return fix{}, false
	}
	d := &networkingapi.DestinationRule{ObjectMeta: metav1.ObjectMeta{Name: cluster.Host.Ref.Name, Namespace: cluster.Host.Namespace}}
	d.Spec.Host = cluster.Host.Name
	if rule := cluster.Rule.Rule; rule != nil {
		old, ok, _ := a.s.DestinationRules.Get(rule.Sources[0].Namespace, rule.Sources[0].Name)
		if !ok || rule.Sources[0].Kind != mesh.DestinationRule {
			return fix{}, false
		}
		d = old.DeepCopy()
	}
	d.TypeMeta = networkingV1(mesh.DestinationRule)
	d.Spec.Subsets = append(d.Spec.Subsets, &networking.Subset{Name: cluster.Subset, Labels: map[string]string{"version": cluster.Subset}})
	return fix{code: "NextDefineSubset", facts: []string{cluster.Subset}, objects: []metav1.Object{d}}, true
}

// addRoute adds a last route without conditions, to where the VirtualService's last one sends.
func addRoute(a *advice, o flow.Outcome) (fix, bool) {
	for _, r := range o.By {
		v, ok, _ := a.s.VirtualServices.Get(r.Namespace, r.Name)
		if r.Kind != mesh.VirtualService || !ok {
			continue
		}
		for i := len(v.Spec.Http) - 1; i >= 0; i-- {
			if len(v.Spec.Http[i].Route) == 0 {
				continue
			}
			c := v.DeepCopy()
			c.TypeMeta = networkingV1(mesh.VirtualService)
			c.Spec.Http = append(c.Spec.Http, &networking.HTTPRoute{Route: v.Spec.Http[i].Route})
			return fix{code: "NextAddRoute", facts: []string{r.Ref.Object().String()}, objects: []metav1.Object{c}}, true
		}
	}
	return fix{}, false
}

// importHost lets the Sidecar import a host of the mesh that it leaves out.
func importHost(a *advice, o flow.Outcome) (fix, bool) {
	for _, r := range o.By {
		sc, ok, _ := a.s.Sidecars.Get(r.Namespace, r.Name)
		if r.Kind != mesh.Sidecar || !ok {
			continue
		}
		h := a.meant()
		if h == nil || len(sc.Spec.Egress) == 0 {
			return fix{}, false
		}
		c := sc.DeepCopy()
		c.TypeMeta = networkingV1(mesh.Sidecar)
		last := c.Spec.Egress[len(c.Spec.Egress)-1]
		last.Hosts = append(last.Hosts, h.Namespace+"/"+h.Name)
		return fix{code: "NextImport", facts: []string{h.Name, r.Ref.Object().String()}, objects: []metav1.Object{c}}, true
	}
	return fix{}, false
}

// meant is the host of the registry that the request names.
func (a *advice) meant() *mesh.Host {
	targets, found, _ := dns.Lookup(a.s, a.q.Namespace(), a.q.Outside(), a.q.Host, a.q.Port)
	if found && targets[0].Host != nil {
		return targets[0].Host
	}
	for _, h := range a.s.HostsNamed(a.q.Host) {
		return h
	}
	return nil
}

// addEntry makes a host outside of the mesh known.
func addEntry(a *advice, _ flow.Outcome) (fix, bool) {
	if a.meant() != nil || a.q.Source == nil || a.q.Via != nil {
		return fix{}, false
	}
	protocol := "HTTP"
	switch {
	case a.q.TLS():
		protocol = "TLS"
	case a.q.Raw():
		protocol = "TCP"
	}
	e := &networkingapi.ServiceEntry{TypeMeta: networkingV1(mesh.ServiceEntry), ObjectMeta: metav1.ObjectMeta{Name: "external-host", Namespace: a.q.Source.Namespace}}
	e.Spec.Hosts = []string{a.q.Host}
	e.Spec.Location = networking.ServiceEntry_MESH_EXTERNAL
	e.Spec.Resolution = networking.ServiceEntry_DNS
	e.Spec.Ports = []*networking.ServicePort{{Number: uint32(a.q.Port), Name: "port-" + strconv.Itoa(a.q.Port), Protocol: protocol}}
	return fix{code: "NextAddEntry", facts: []string{a.q.Host}, objects: []metav1.Object{e}}, true
}

// correctTarget points a Service at the one port that the container has.
func correctTarget(a *advice, o flow.Outcome) (fix, bool) {
	for _, r := range o.By {
		svc, ok, _ := a.s.Services.Get(r.Namespace, r.Name)
		if r.Kind != mesh.Service || !ok || len(svc.Spec.Ports) != 1 {
			continue
		}
		var port int32
		ports := 0
		a.root.Each(func(n *flow.Node, res *flow.Result) {
			if n.Role != flow.Application || n.Flow.Pod == nil {
				return
			}
			ports = 0
			for _, c := range n.Flow.Pod.Spec.Containers {
				for _, p := range c.Ports {
					port = p.ContainerPort
					ports++
				}
			}
		})
		if ports != 1 {
			return fix{}, false
		}
		c := svc.DeepCopy()
		c.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}
		c.Spec.Ports[0].TargetPort = intstr.FromInt32(port)
		return fix{code: "NextTargetPort", facts: []string{r.Ref.Object().String(), strconv.Itoa(int(port))}, objects: []metav1.Object{c}}, true
	}
	return fix{}, false
}
