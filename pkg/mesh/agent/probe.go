package agent

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Listens reports whether the manifest shows that an application listens on a port: a container declares it, or a probe asks there, also one
// that the proxy's agent took over. Nobody has to declare ports; declared are all those that somebody did, sorted.
func Listens(pod *corev1.Pod, port int) (listens bool, declared []int) {
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		if c.Name == proxyContainer {
			continue
		}
		for _, p := range c.Ports {
			declared = append(declared, int(p.ContainerPort))
		}
		for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
			if n := portOf(c, probe); n != 0 && n != mesh.AgentPort(pod) {
				declared = append(declared, n)
			}
		}
	}
	taken, _ := AppProbes(pod)
	for _, p := range taken {
		declared = append(declared, p.Port)
	}
	slices.Sort(declared)
	return slices.Contains(declared, port), slices.Compact(declared)
}

// AppProbe is a probe that the injector took over: kubelet asks the agent, and the agent asks the application in the pod
// (pkg/kube/inject/app_probe.go).
type AppProbe struct {
	Path string // that is asked of the application; empty for a probe that only connects, and for gRPC
	Port int
}

const proxyContainer = "istio-proxy"

// ProbersVariable is the variable in which the injector hands the agent the probes that it took over.
const ProbersVariable = "ISTIO_KUBE_APP_PROBERS"

// AppProbes are the probes that the agent of the pod's proxy took over, by the path on which it is asked for them; known is false where the pod
// does not show them.
func AppProbes(pod *corev1.Pod) (probes map[string]AppProbe, known bool) {
	text, ok := mesh.ProxyVariable(pod, ProbersVariable)
	if !ok {
		return nil, false
	}
	var list map[string]struct {
		HTTPGet *struct {
			Path string             `json:"path"`
			Port intstr.IntOrString `json:"port"`
		} `json:"httpGet"`
		TCPSocket *struct {
			Port intstr.IntOrString `json:"port"`
		} `json:"tcpSocket"`
		GRPC *struct {
			Port int `json:"port"`
		} `json:"grpc"`
	}
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil, false
	}
	probes = map[string]AppProbe{}
	for at, p := range list {
		switch {
		case p.HTTPGet != nil:
			probes[at] = AppProbe{p.HTTPGet.Path, p.HTTPGet.Port.IntValue()}
		case p.TCPSocket != nil:
			probes[at] = AppProbe{"", p.TCPSocket.Port.IntValue()}
		case p.GRPC != nil:
			probes[at] = AppProbe{"", p.GRPC.Port}
		}
	}
	return probes, true
}

// portOf is the port that a probe of a container asks over the network; 0 where it asks none.
func portOf(c corev1.Container, p *corev1.Probe) int {
	var at intstr.IntOrString
	switch {
	case p == nil:
		return 0
	case p.HTTPGet != nil:
		at = p.HTTPGet.Port
	case p.TCPSocket != nil:
		at = p.TCPSocket.Port
	case p.GRPC != nil:
		return int(p.GRPC.Port)
	}
	if at.Type == intstr.Int {
		return int(at.IntVal)
	}
	for _, x := range c.Ports {
		if x.Name == at.StrVal {
			return int(x.ContainerPort)
		}
	}
	return 0
}

// Probe is a probe of a container as it stands in the pod.
type Probe struct {
	Name      string // readinessProbe and so on
	Container string
	Port      int
	Path      string
	HTTP, TLS bool
}

// Probes are those of a pod that kubelet asks over the network, those of its proxy among them.
func Probes(pod *corev1.Pod) []Probe {
	var out []Probe
	add := func(c corev1.Container, name string, p *corev1.Probe) {
		x := Probe{Name: name, Container: c.Name, Port: portOf(c, p)}
		if x.Port == 0 {
			return
		}
		if g := p.HTTPGet; g != nil {
			x.HTTP, x.Path, x.TLS = true, g.Path, g.Scheme == corev1.URISchemeHTTPS
		}
		out = append(out, x)
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range list {
			add(c, "startupProbe", c.StartupProbe)
			add(c, "readinessProbe", c.ReadinessProbe)
			add(c, "livenessProbe", c.LivenessProbe)
		}
	}
	return out
}

// Ready tells whether kubelet found the pod's proxy ready; known is false where the pod's status does not say so.
func Ready(pod *corev1.Pod) (ready, known bool) {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for _, c := range list {
			if c.Name == proxyContainer {
				return c.Ready, true
			}
		}
	}
	return false, false
}
