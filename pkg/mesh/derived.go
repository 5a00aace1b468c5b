package mesh

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// unsliced reports whether this is an input without the EndpointSlices that a cluster makes of Services: it was read as a whole, has Services
// that select pods, and not one of them has a slice. In a cluster that runs there is no such thing.
func (s *Snapshot) unsliced() bool {
	type key struct{}
	return Derive(s, key{}, func() bool {
		if !s.EndpointSlices.Known() {
			return false
		}
		list, _ := s.EndpointSlices.All()
		return !slices.ContainsFunc(list, func(slice *discoveryv1.EndpointSlice) bool {
			svc, ok, _ := s.Services.Get(slice.Namespace, slice.Labels[discoveryv1.LabelServiceName])
			return !ok || len(svc.Spec.Selector) > 0
		})
	})
}

// derived lists the endpoints that a cluster would make of a Service's port where nothing lists them: pods that it selects, ready or not
// (pkg/controller/endpointslice of Kubernetes). Those are all of an input without EndpointSlices, else the ones that stand for others.
func (s *Snapshot) derived(h *Host, port Port) []Endpoint {
	if len(h.Selector) == 0 {
		return nil
	}
	all := s.unsliced()
	pods, _ := s.Pods.In(h.Namespace)
	var out []Endpoint
	for _, pod := range pods {
		if _, standsIn := StandsFor(pod); !all && !standsIn {
			continue
		}
		if !Selects(h.Selector, pod.Labels) || len(Addresses(pod)) == 0 || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		for _, sp := range h.Service.Spec.Ports {
			if int(sp.Port) != port.Number || sp.Name != port.Name {
				continue
			}
			for _, n := range namedPort(pod, sp.TargetPort, port.Number) {
				ep := Endpoint{Address: Addresses(pod)[0].String(), Port: n, Ready: Ready(pod) || h.Service.Spec.PublishNotReadyAddresses, Weight: 1, TLSMode: "disabled",
					Derived: true, Ref: h.Ref.At("spec.selector")}
				s.describe(&ep, pod)
				out = append(out, ep)
			}
		}
	}
	return out
}
