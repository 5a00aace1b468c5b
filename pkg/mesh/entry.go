package mesh

import (
	"maps"
	"net/netip"
	"slices"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// fromEntry makes a host of each pair of host and address (pilot/pkg/serviceregistry/serviceentry/conversion.go, convertServices).
func fromEntry(e *networkingapi.ServiceEntry) []*Host {
	base := Host{
		Ref: Ref{Kind: ServiceEntry, Namespace: e.Namespace, Name: e.Name}, Namespace: e.Namespace, Created: e.CreationTimestamp.Time,
		External: e.Spec.Location == networking.ServiceEntry_MESH_EXTERNAL, ExportTo: e.Spec.ExportTo, Entry: e,
		Selector: e.Spec.GetWorkloadSelector().GetLabels(), Accounts: e.Spec.SubjectAltNames,
	}
	switch e.Spec.Resolution {
	case networking.ServiceEntry_NONE:
		base.Resolution = Passthrough
	case networking.ServiceEntry_DNS:
		base.Resolution = DNS
	case networking.ServiceEntry_DNS_ROUND_ROBIN:
		base.Resolution = DNSRoundRobin
	case networking.ServiceEntry_DYNAMIC_DNS:
		base.Resolution = DynamicDNS
	}
	for _, p := range e.Spec.Ports {
		base.Ports = append(base.Ports, Port{Name: p.Name, Number: int(p.Number), TargetPort: int(p.TargetPort), Protocol: ParseProtocol(p.Protocol)})
	}
	var out []*Host
	for _, name := range e.Spec.Hosts {
		addresses := entryAddresses(e)
		if len(addresses) == 0 {
			h := base
			h.Name = name
			out = append(out, &h)
		}
		for _, a := range addresses {
			h := base
			h.Name, h.Addresses = name, []string{a}
			out = append(out, &h)
		}
	}
	return out
}

func entryAddresses(e *networkingapi.ServiceEntry) []string {
	var out []string
	for _, a := range e.Spec.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil {
			out = append(out, ip.String())
		} else if p, err := netip.ParsePrefix(a); err == nil {
			if p.IsSingleIP() {
				out = append(out, p.Addr().String())
			} else {
				out = append(out, p.String())
			}
		}
	}
	return out
}

// entryEndpoints lists the endpoints of a ServiceEntry: inline, selected, or, where DNS finds them, the host itself
// (pilot/pkg/serviceregistry/serviceentry/conversion.go).
func (s *Snapshot) entryEndpoints(h *Host, port Port) []Endpoint {
	target := port.Number
	if port.TargetPort != 0 {
		target = port.TargetPort
	}
	var out []Endpoint
	for _, w := range h.Entry.Spec.Endpoints {
		ep := s.workload(h, w, namedEntryPort(w, port))
		if ep.Pod == nil {
			ep.Pod = s.machine(w, h.Ref, w.Labels, nil)
		}
		out = append(out, ep)
	}
	if sel := h.Entry.Spec.WorkloadSelector; sel != nil {
		out = append(out, s.selected(h, sel.Labels, port, target)...)
	}
	byName := h.Resolution == DNS || h.Resolution == DNSRoundRobin
	if len(h.Entry.Spec.Endpoints) == 0 && h.Entry.Spec.WorkloadSelector == nil && byName {
		out = append(out, Endpoint{Address: h.Name, Port: target, TLSMode: "disabled", Ready: true, Weight: 1, Ref: h.Ref})
	}
	if h.Resolution == LoadBalanced {
		out = slices.DeleteFunc(out, func(e Endpoint) bool { _, err := netip.ParseAddr(e.Address); return err != nil })
	}
	return out
}

func (s *Snapshot) selected(h *Host, want map[string]string, port Port, target int) []Endpoint {
	if v := s.Version.Istiod; len(want) == 0 && (!v.Has(release.EmptySelectors) || v.Has(release.EmptySelectorsNone)) {
		return nil
	}
	sel := labels.SelectorFromSet(want)
	var out []Endpoint
	pods, _ := s.Pods.In(h.Namespace)
	for _, pod := range pods {
		if !sel.Matches(labels.Set(pod.Labels)) || len(Addresses(pod)) == 0 || pod.Status.Phase != corev1.PodRunning && pod.Status.Phase != "" {
			continue
		}
		ep := Endpoint{Address: Addresses(pod)[0].String(), Port: target, Ready: Ready(pod), Weight: 1, Ref: h.Ref}
		s.describe(&ep, pod)
		out = append(out, ep)
	}
	entries, _ := s.WorkloadEntries.In(h.Namespace)
	for _, w := range entries {
		if sel.Matches(labels.Set(workloadLabels(w))) {
			out = append(out, s.entryEndpoint(h, w, namedEntryPort(&w.Spec, port)))
		}
	}
	return out
}

// workloadLabels merges the labels of both places, the object's own winning (ConvertWorkloadEntry).
func workloadLabels(w *networkingapi.WorkloadEntry) map[string]string {
	all := maps.Clone(w.Spec.Labels)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, w.Labels)
	return all
}

// workload is an endpoint at a port of an entry. The account that the entry names is one of the host's own namespace.
func (s *Snapshot) workload(h *Host, w *networking.WorkloadEntry, number int) Endpoint {
	ep := Endpoint{Address: w.Address, Port: number, Labels: w.Labels, TLSMode: entryTLSMode(w), TLSFrom: h.Ref, Ready: true, Weight: max(1, int(w.Weight)), Ref: h.Ref}
	if w.ServiceAccount != "" {
		ep.Identity = Identity(s.Config.TrustDomain(), h.Namespace, w.ServiceAccount)
	}
	if pod := s.podAt(w.Address); pod != nil {
		ep.Pod, ep.Node = pod, pod.Spec.NodeName
	}
	return ep
}
