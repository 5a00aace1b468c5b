package walk

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
)

// Takes reports whether a pod takes connections at a port, as far as resources say: a host sends to it, a container declares it, a Sidecar's
// ingress or a Gateway opens it.
func Takes(s *mesh.Snapshot, pod *corev1.Pod, port int) bool {
	if s.TakesPort(pod, port) {
		return true
	}
	if x := precedence.Sidecar(s, pod.Namespace, pod.Labels).Winner; x != nil {
		for _, in := range x.Spec.Ingress {
			if int(in.GetPort().GetNumber()) == port {
				return true
			}
		}
	}
	return mesh.RoleOf(pod) == mesh.GatewayProxy && gateway.Of(s, pod).Ports[port] != nil
}

// Behind finds the port of the pod that stands behind a Service's port of that number, where the number is no port of the pod itself. Of several
// Services it tells of the one that is asked for, else of one that has an address of its own.
func Behind(s *mesh.Snapshot, pod *corev1.Pod, number int, asked mesh.Ref) (mesh.Target, bool) {
	if Takes(s, pod, number) {
		return mesh.Target{}, false
	}
	list := slices.DeleteFunc(slices.Clone(s.Targets(pod)), func(t mesh.Target) bool { return t.Port.Number != number || !t.Host.Kube })
	if len(list) == 0 {
		return mesh.Target{}, false
	}
	return Likeliest(list, asked), true
}

// Likeliest is the port of the Service that is asked for, else of one that has an address of its own, else the first of a list, which is not empty.
func Likeliest(list []mesh.Target, asked mesh.Ref) mesh.Target {
	for _, is := range []func(mesh.Target) bool{
		func(t mesh.Target) bool { return t.Host.Ref == asked },
		func(t mesh.Target) bool { return !t.Host.Headless() },
	} {
		if i := slices.IndexFunc(list, is); i >= 0 {
			return list[i]
		}
	}
	return list[0]
}

// Declares is the port of a host that fixes how the pod's port is read; it is not ok where a Sidecar's ingress does, or nothing
// (pilot/pkg/networking/core/listener_inbound.go, getFilterChainsByServicePort).
func Declares(s *mesh.Snapshot, pod *corev1.Pod, port int) (first mesh.Target, others []mesh.Target, ok bool) {
	if x := precedence.Sidecar(s, pod.Namespace, pod.Labels).Winner; x != nil && len(x.Spec.Ingress) > 0 {
		return mesh.Target{}, nil, false
	}
	list := slices.DeleteFunc(slices.Clone(s.Targets(pod)), func(t mesh.Target) bool { return t.Number != port || t.Port.Protocol.Class() == mesh.ClassNone })
	if len(list) == 0 {
		return mesh.Target{}, nil, false
	}
	return list[0], list[1:], true
}
