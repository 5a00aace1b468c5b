package legacy

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// port is a port of a Service and the ports of the pods behind it.
type port struct {
	service *corev1.Service
	spec    corev1.ServicePort
	targets []int // sorted; empty where the Service names a port of pods that are not known
	http    bool
}

// ports lists the ports of a workload's Services. Of several that send to one port of the pods only the oldest Service's counted, and
// still does; the rest comes back as shadowed.
func (c Context) ports(w *workload) (out, shadowed []port) {
	var taken []int
	for _, s := range w.services {
		for _, p := range s.Spec.Ports {
			class := classOf(p)
			if class == mesh.ClassNone {
				continue // UDP, which no proxy handles
			}
			// Without a protocol in its name 1.4 took a port for TCP at the server (pilot/pkg/features/pilot.go,
			// PILOT_ENABLE_PROTOCOL_SNIFFING_FOR_INBOUND was off).
			port := port{s, p, c.targets(w, p), class == mesh.ClassHTTP}
			free := slices.DeleteFunc(slices.Clone(port.targets), func(t int) bool { return slices.Contains(taken, t) })
			if len(free) < len(port.targets) {
				shadowed = append(shadowed, port)
			}
			if len(free) == 0 && len(port.targets) > 0 {
				continue
			}
			port.targets = free
			taken = append(taken, free...)
			out = append(out, port)
		}
	}
	return out, shadowed
}

func classOf(p corev1.ServicePort) mesh.Class {
	return mesh.PortProtocol(p.Port, p.Name, string(p.Protocol), p.AppProtocol).Class()
}

func (c Context) targets(w *workload, p corev1.ServicePort) []int {
	if p.TargetPort.Type == intstr.Int {
		return []int{cmp.Or(int(p.TargetPort.IntVal), int(p.Port))}
	}
	var out []int
	for _, pod := range c.Pods {
		if pod.Namespace != w.namespace || !mesh.Selects(w.selector, pod.Labels) {
			continue
		}
		for _, container := range pod.Spec.Containers {
			for _, cp := range container.Ports {
				if cp.Name == p.TargetPort.StrVal {
					out = append(out, int(cp.ContainerPort))
				}
			}
		}
	}
	return sorted(out)
}

// unlikePorts tells of ports that have a policy of their own and are behind another Service's.
func (t *translation) unlikePorts(w *workload) []string {
	ports, shadowed := t.ports(w)
	var out []string
	for _, s := range shadowed {
		for _, p := range ports {
			same := slices.ContainsFunc(s.targets, func(n int) bool { return slices.Contains(p.targets, n) })
			if same && t.old.winner(p.service, p.spec) != t.old.winner(s.service, s.spec) {
				note(&out, sharedPort(p.service.Name, s.service.Name))
			}
		}
	}
	return out
}
