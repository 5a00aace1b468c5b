package mesh

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Endpoint is a place where a port of a [Host] is served.
type Endpoint struct {
	Address  string      // an IP address, or the name of an endpoint that DNS resolves
	Port     int         // the port that is served there
	Pod      *corev1.Pod // that has the address, whether istiod knows it or not
	Labels   map[string]string
	TLSMode  string // istio, disabled, or what the label says
	TLSFrom  Ref    // where that stands
	Identity string // SPIFFE identity of the account the endpoint is known to run as; empty where none is
	Ready    bool
	Weight   int // among the endpoints of the host; 1 unless a WorkloadEntry says otherwise
	Node     string
	Unread   bool // its pod could not be read: what it is nobody knows
	Derived  bool // nothing lists it: the input has pods and no EndpointSlices
	Ref      Ref  // the object that lists the endpoint
	Host     Ref  // the Service or ServiceEntry that it belongs to
}

type endpointsKey struct {
	name, namespace string
	port            int
}

// Endpoints returns where a port of a host is served, as istiod tells the proxies, in a stable order, ready or not. A ServiceEntry
// that repeats a Service's host name in the Service's namespace adds its endpoints to the Service's (routing of one key).
func (s *Snapshot) Endpoints(h *Host, port Port) ([]Endpoint, []Gap) {
	out := Derive(s, endpointsKey{h.Name, h.Namespace, port.Number}, func() []Endpoint {
		var eps []Endpoint
		for _, x := range s.HostsNamed(h.Name) {
			if x.Namespace != h.Namespace {
				continue
			}
			p, ok := x.Port(port.Number)
			if !ok {
				continue
			}
			first := len(eps)
			if x.Kube {
				eps = append(eps, s.serviceEndpoints(x, p)...)
			} else if !slices.ContainsFunc(eps, func(e Endpoint) bool { return e.Host == x.Ref }) {
				eps = append(eps, s.entryEndpoints(x, p)...)
			}
			for i := first; i < len(eps); i++ {
				eps[i].Host = x.Ref
			}
		}
		return eps
	})
	var gaps []Gap
	if h.Kube {
		gaps = slices.Concat(s.EndpointSlices.Gaps(h.Namespace), s.Pods.podGaps(out, h.Namespace))
		if selectsEntries(h) {
			gaps = append(gaps, s.WorkloadEntries.Gaps(h.Namespace)...)
		}
	} else if h.Selector != nil {
		gaps = slices.Concat(s.Pods.Gaps(h.Namespace), s.WorkloadEntries.Gaps(h.Namespace))
	}
	return out, gaps
}

// podGaps returns the gaps of the pods behind endpoints: a pod that an endpoint names and nobody could read.
func (l List[T]) podGaps(eps []Endpoint, namespace string) []Gap {
	if slices.ContainsFunc(eps, func(e Endpoint) bool { return e.Unread }) {
		return l.Gaps(namespace)
	}
	return nil
}

// serviceEndpoints reads the EndpointSlices of a Service (pilot/pkg/serviceregistry/kube/controller/endpointslice.go).
func (s *Snapshot) serviceEndpoints(h *Host, port Port) []Endpoint {
	if h.Resolution == Alias {
		return nil
	}
	out := append(s.derived(h, port), s.workloadEndpoints(h, port)...)
	list, _ := s.EndpointSlices.In(h.Namespace)
	for _, slice := range list {
		if slice.Labels[discoveryv1.LabelServiceName] != h.Ref.Name || slice.AddressType == discoveryv1.AddressTypeFQDN {
			continue
		}
		for _, p := range slice.Ports {
			// A slice's port belongs to the Service's port of the same name.
			if name := deref(p.Name); name != port.Name || p.Port == nil {
				continue
			}
			for _, e := range slice.Endpoints {
				out = append(out, s.sliceEndpoint(slice, e, int(*p.Port))...)
			}
		}
	}
	return out
}

// MisnamedSlice returns the oldest of a Service's EndpointSlices with ready endpoints where none of these slices has a port of the name that a port
// of the Service has, so that the port has no endpoints whatever is ready; zero else.
func (s *Snapshot) MisnamedSlice(h *Host, port Port) Ref {
	var first *discoveryv1.EndpointSlice
	list, _ := s.EndpointSlices.In(h.Namespace)
	for _, slice := range list {
		if !h.Kube || slice.Labels[discoveryv1.LabelServiceName] != h.Ref.Name {
			continue
		}
		if slices.ContainsFunc(slice.Ports, func(p discoveryv1.EndpointPort) bool { return deref(p.Name) == port.Name }) {
			return Ref{}
		}
		ready := slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool { return e.Conditions.Ready == nil || *e.Conditions.Ready })
		if ready && (first == nil || slice.CreationTimestamp.Before(&first.CreationTimestamp)) {
			first = slice
		}
	}
	if first == nil {
		return Ref{}
	}
	return Ref{Kind: EndpointSlice, Namespace: first.Namespace, Name: first.Name, Field: "ports"}
}

func (s *Snapshot) sliceEndpoint(slice *discoveryv1.EndpointSlice, e discoveryv1.Endpoint, port int) []Endpoint {
	ready := e.Conditions.Ready == nil || *e.Conditions.Ready
	if !ready && e.Conditions.Terminating != nil && *e.Conditions.Terminating {
		return nil // never sent to proxies
	}
	ep := Endpoint{Port: port, Ready: ready, Weight: 1, TLSMode: "disabled", Ref: Ref{Kind: EndpointSlice, Namespace: slice.Namespace, Name: slice.Name}}
	if t := e.TargetRef; t != nil && t.Kind == "Pod" {
		ns := t.Namespace
		if ns == "" {
			ns = slice.Namespace
		}
		pod, ok, gaps := s.Pods.Get(ns, t.Name)
		if !ok && len(gaps) == 0 {
			return nil // istiod skips an endpoint whose pod does not exist
		}
		if ep.Unread = !ok; ok {
			s.describe(&ep, pod)
		}
		return ep.at(e.Addresses...)
	}
	out := ep.at(e.Addresses...)
	for i := range out {
		s.identify(&out[i], slice.Namespace)
	}
	return out
}

// at returns the endpoint once for each address.
func (ep Endpoint) at(addresses ...string) []Endpoint {
	var out []Endpoint
	for _, a := range addresses {
		ep.Address = a
		out = append(out, ep)
	}
	return out
}

// identify finds the pod behind an endpoint that names none. The kernel sends what comes for the address to whichever pod has it; istiod
// knows it for that pod only in the namespace of the slice (endpointslice.go, getPod).
func (s *Snapshot) identify(ep *Endpoint, namespace string) {
	pod := s.podAt(ep.Address)
	if pod != nil && pod.Namespace == namespace {
		s.describe(ep, pod)
	}
	ep.Pod = s.PodAt(ep.Address)
}

func (s *Snapshot) describe(ep *Endpoint, pod *corev1.Pod) {
	ep.Pod, ep.Labels, ep.Node = pod, pod.Labels, pod.Spec.NodeName
	ep.TLSMode, ep.TLSFrom = TLSMode(pod.Labels), TLSModeRef(pod)
	ep.Identity = Identity(s.Config.TrustDomain(), pod.Namespace, ServiceAccountOf(pod))
	if pod.Labels["istio.io/draining"] != "" {
		ep.Ready = false
	}
}

type podAtKey struct{ machines bool }

// PodAt returns the pod, or the machine with a proxy, that has an IP address; nil where none is known to. Pods in their node's network share
// its address and are not found by it.
func (s *Snapshot) PodAt(ip string) *corev1.Pod {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return nil
	}
	if p := s.podAt(ip); p != nil {
		return p
	}
	return Derive(s, podAtKey{machines: true}, func() map[netip.Addr]*corev1.Pod {
		m := map[netip.Addr]*corev1.Pod{}
		for _, p := range s.Machines() {
			for _, a := range Addresses(p) {
				if m[a] == nil {
					m[a] = p // of several entries the oldest
				}
			}
		}
		return m
	})[a]
}

// podAt is PodAt for pods alone.
func (s *Snapshot) podAt(ip string) *corev1.Pod {
	index := Derive(s, podAtKey{}, func() map[netip.Addr]*corev1.Pod {
		m := map[netip.Addr]*corev1.Pod{}
		pods, _ := s.Pods.All()
		for _, p := range pods {
			if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
				continue
			}
			for _, a := range Addresses(p) {
				if _, taken := m[a]; !taken || !p.Spec.HostNetwork {
					m[a] = p
				}
			}
		}
		return m
	})
	if a, err := netip.ParseAddr(ip); err == nil {
		return index[a]
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

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
