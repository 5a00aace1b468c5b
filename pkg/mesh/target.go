package mesh

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Target is a port of a Service, or of a ServiceEntry, as it arrives at a pod.
type Target struct {
	Host   *Host
	Port   Port
	Number int // the pod's port
	Ref    Ref // the entry of spec.ports
}

type targetsKey struct {
	pod     types.NamespacedName
	machine *corev1.Pod // names of machines are those of others too
}

// Targets lists the ports of all hosts in a pod's namespace that send to the pod, the oldest host first: its selector fits, or, without
// a selector, one of its endpoints is the pod (pilot/pkg/model/context.go, SetServiceTargets).
func (s *Snapshot) Targets(pod *corev1.Pod) []Target {
	key := targetsKey{pod: types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}}
	if Machine(pod) {
		key.machine = pod
	}
	return Derive(s, key, func() []Target {
		var out []Target
		for _, h := range s.hostsIn(pod.Namespace) {
			if h.Resolution == Alias || len(h.Selector) > 0 && !Selects(h.Selector, pod.Labels) {
				continue
			}
			for i, p := range h.Ports {
				for _, n := range s.targetPorts(h, i, pod) {
					out = append(out, Target{h, p, n, h.Ref.At("spec.ports[" + strconv.Itoa(i) + "]")})
				}
			}
		}
		return out
	})
}

// TakesPort reports whether a number is a port of the pod itself: one of its containers declares it, or a host sends there.
func (s *Snapshot) TakesPort(pod *corev1.Pod, port int) bool {
	for _, c := range pod.Spec.Containers {
		if slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return int(p.ContainerPort) == port }) {
			return true
		}
	}
	return slices.ContainsFunc(s.Targets(pod), func(t Target) bool { return t.Number == port })
}

type hostsInKey struct{ namespace string }

func (s *Snapshot) hostsIn(namespace string) []*Host {
	return Derive(s, hostsInKey{namespace}, func() []*Host {
		all, _ := s.Hosts()
		own := slices.DeleteFunc(slices.Clone(all), func(h *Host) bool { return h.Namespace != namespace })
		slices.SortStableFunc(own, func(a, b *Host) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name)) })
		return own
	})
}

// targetPorts finds the ports of a pod that a port of a host goes to.
func (s *Snapshot) targetPorts(h *Host, i int, pod *corev1.Pod) []int {
	p := h.Ports[i]
	switch {
	case Machine(pod) && len(h.Selector) > 0:
		return s.machinePorts(h, p, pod)
	case h.Entry != nil && len(h.Selector) > 0:
		return []int{cmp.Or(p.TargetPort, p.Number)}
	case h.Service != nil && len(h.Selector) > 0:
		for _, sp := range h.Service.Spec.Ports {
			if int(sp.Port) == p.Number && sp.Name == p.Name {
				return namedPort(pod, sp.TargetPort, p.Number)
			}
		}
		return nil
	}
	var out []int
	eps, _ := s.Endpoints(h, p)
	for _, e := range eps {
		if e.Pod != nil && samePod(e.Pod, pod) {
			out = append(out, e.Port)
		}
	}
	return out
}

func samePod(a, b *corev1.Pod) bool {
	if Machine(a) || Machine(b) {
		return a == b
	}
	return a.Namespace == b.Namespace && a.Name == b.Name
}

func namedPort(pod *corev1.Pod, target intstr.IntOrString, number int) []int {
	if target.Type == intstr.Int {
		return []int{cmp.Or(int(target.IntVal), number)}
	}
	var out []int
	for _, c := range pod.Spec.Containers {
		for _, cp := range c.Ports {
			if cp.Name == target.StrVal {
				out = append(out, int(cp.ContainerPort))
			}
		}
	}
	return out
}

// Selects reports whether a selector's labels are all on a workload.
func Selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}
