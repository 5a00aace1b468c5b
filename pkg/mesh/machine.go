package mesh

import (
	"maps"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
)

// Machine reports whether a pod stands for a machine: what a WorkloadEntry, or an endpoint of a ServiceEntry, describes, with a proxy and
// without a Pod.
func Machine(pod *corev1.Pod) bool {
	return pod != nil && (pod.Kind == string(WorkloadEntry) || pod.Kind == string(ServiceEntry))
}

// MachineOf returns the machine that a WorkloadEntry describes, as a pod with a sidecar; nil where the entry names no account, since nothing
// tells then that a proxy is there. It is the same pod each time.
func (s *Snapshot) MachineOf(w *networkingapi.WorkloadEntry) *corev1.Pod {
	return s.machine(&w.Spec, Ref{Kind: WorkloadEntry, Namespace: w.Namespace, Name: w.Name}, workloadLabels(w), w.Annotations)
}

// Machines are those that WorkloadEntries describe, the oldest first.
func (s *Snapshot) Machines() []*corev1.Pod {
	entries, _ := s.WorkloadEntries.All()
	var out []*corev1.Pod
	for _, w := range entries {
		if p := s.MachineOf(w); p != nil {
			out = append(out, p)
		}
	}
	return out
}

func (s *Snapshot) machine(w *networking.WorkloadEntry, at Ref, labels, annotations map[string]string) *corev1.Pod {
	if w.ServiceAccount == "" {
		return nil
	}
	type key struct{ entry *networking.WorkloadEntry }
	return Keep(s, key{w}, func() *corev1.Pod { return podOf(w, at, labels, annotations) })
}

func podOf(w *networking.WorkloadEntry, at Ref, labels, annotations map[string]string) *corev1.Pod {
	p := &corev1.Pod{}
	p.Kind, p.Namespace, p.Name = string(at.Kind), at.Namespace, at.Name
	p.Labels, p.Annotations = maps.Clone(labels), maps.Clone(annotations)
	p.Spec.ServiceAccountName = w.ServiceAccount
	p.Spec.Containers = []corev1.Container{{Name: proxyContainer, Args: []string{"proxy", "sidecar"}}}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: w.Address, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}
	return p
}

// entryTLSMode: an entry's own label decides, else whether it names an account (pilot/pkg/serviceregistry/serviceentry/conversion.go,
// getTLSModeFromWorkloadEntry).
func entryTLSMode(w *networking.WorkloadEntry) string {
	if v, ok := w.Labels[tlsModeLabel]; ok {
		return v
	}
	if w.ServiceAccount != "" {
		return "istio"
	}
	return "disabled"
}

// workloadEndpoints are the WorkloadEntries that a Service selects: istiod adds them to what the Service's EndpointSlices list, kube-proxy knows
// nothing of them (pilot/pkg/serviceregistry/kube/controller/controller.go, serviceInstancesFromWorkloadInstances).
func (s *Snapshot) workloadEndpoints(h *Host, port Port) []Endpoint {
	if !selectsEntries(h) {
		return nil
	}
	entries, _ := s.WorkloadEntries.In(h.Namespace)
	var out []Endpoint
	for _, w := range entries {
		if !Selects(h.Selector, workloadLabels(w)) {
			continue
		}
		for _, sp := range h.Service.Spec.Ports {
			if int(sp.Port) != port.Number || sp.Name != port.Name {
				continue
			}
			if n, ok := entryPort(&w.Spec, sp); ok {
				out = append(out, s.entryEndpoint(h, w, n))
			}
		}
	}
	return out
}

// selectsEntries reports whether a host is a Service that can have WorkloadEntries behind it: one with a selector and an address of its own.
func selectsEntries(h *Host) bool {
	return h.Kube && h.Resolution == LoadBalanced && len(h.Selector) > 0
}

// entryPort is the port of a WorkloadEntry that a Service's port goes to: the entry's own of the name that the target port has, or of the
// Service's port where that is a number; ok is false where it lacks a name that is asked for (serviceInstanceFromWorkloadInstance).
func entryPort(w *networking.WorkloadEntry, sp corev1.ServicePort) (number int, ok bool) {
	name, number := sp.TargetPort.StrVal, int(sp.TargetPort.IntVal)
	named := name != ""
	if !named {
		name = sp.Name
	}
	if n, ok := w.Ports[name]; ok && name != "" {
		return int(n), true
	}
	if number == 0 {
		number = int(sp.Port)
	}
	return number, !named
}

// entryEndpoint is a port of a WorkloadEntry as an endpoint. One that its agent found to be ill is not ready
// (pilot/pkg/serviceregistry/serviceentry/controller.go, isHealthy).
func (s *Snapshot) entryEndpoint(h *Host, w *networkingapi.WorkloadEntry, number int) Endpoint {
	ep := s.workload(h, &w.Spec, number)
	ep.Labels = workloadLabels(w)
	ep.Ref = Ref{Kind: WorkloadEntry, Namespace: w.Namespace, Name: w.Name}
	ep.TLSFrom = ep.Ref
	if ep.Pod == nil {
		ep.Pod = s.MachineOf(w)
	}
	if strings.EqualFold(w.Annotations["proxy.istio.io/health-checks-enabled"], "true") {
		ep.Ready = false
		for _, c := range w.Status.GetConditions() {
			ep.Ready = ep.Ready || c.Type == "Healthy" && c.Status == "True"
		}
	}
	return ep
}

// machinePorts are the ports of a machine that a port of a host goes to.
func (s *Snapshot) machinePorts(h *Host, p Port, pod *corev1.Pod) []int {
	w, ok, _ := s.WorkloadEntries.Get(pod.Namespace, pod.Name)
	if !ok || pod.Kind != string(WorkloadEntry) {
		return nil
	}
	if h.Entry != nil {
		return []int{namedEntryPort(&w.Spec, p)}
	}
	for _, sp := range h.Service.Spec.Ports {
		if n, ok := entryPort(&w.Spec, sp); ok && int(sp.Port) == p.Number && sp.Name == p.Name {
			return []int{n}
		}
	}
	return nil
}

// namedEntryPort is the port of a WorkloadEntry that a ServiceEntry's port goes to: the entry's own of that name, else the target port.
func namedEntryPort(w *networking.WorkloadEntry, p Port) int {
	if n, ok := w.Ports[p.Name]; ok {
		return int(n)
	}
	if p.TargetPort != 0 {
		return p.TargetPort
	}
	return p.Number
}
