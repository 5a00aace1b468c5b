package repair

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// probePaths are the ends of the paths on which the agent is asked for a probe that it took over (pkg/kube/inject/app_probe.go).
var probePaths = map[string]string{"readinessProbe": "readyz", "livenessProbe": "livez", "startupProbe": "startupz"}

const (
	rewriteProbers      = "sidecar.istio.io/rewriteAppHTTPProbers"
	excludeInboundPorts = "traffic.sidecar.istio.io/excludeInboundPorts"
)

// letProbe lets a probe of kubelet's through without letting anybody else in: the agent makes it in kubelet's place. Of a container that the
// injector has not seen it takes over none, whatever an annotation says; then the sidecar leaves the port alone.
func letProbe(q *flow.Request, pod *corev1.Pod) []Change {
	probes := agent.Probes(pod)
	n := slices.IndexFunc(probes, func(p agent.Probe) bool {
		return p.Port == q.Port && (p.Path == q.Path || !p.HTTP) && probePaths[p.Name] != ""
	})
	if n < 0 || agent.PortOf(pod, q.Port) != agent.None {
		return nil
	}
	if taken, _ := agent.AppProbes(pod); len(taken) > 0 && pod.Annotations[rewriteProbers] != "false" {
		return []Change{exclude(pod, probes[n])} // the injector took over what it saw
	}
	return takeOver(q, pod, probes[n])
}

// takeOver is the pod as the injector makes it when it takes a probe over, and the probe as kubelet sends it then.
func takeOver(kubelet *flow.Request, pod *corev1.Pod, p agent.Probe) []Change {
	c := pod.DeepCopy()
	at := "/app-health/" + p.Container + "/" + probePaths[p.Name]
	probe := map[string]any{"tcpSocket": map[string]any{"port": p.Port}}
	if p.HTTP {
		probe = map[string]any{"httpGet": map[string]any{"path": p.Path, "port": p.Port}}
	}
	text, err := json.Marshal(map[string]any{at: probe})
	if err != nil {
		return nil
	}
	if proxy := mesh.ProxyContainer(c); proxy != nil {
		proxy.Env = append(proxy.Env, corev1.EnvVar{Name: agent.ProbersVariable, Value: string(text)})
	}
	q := *kubelet
	q.Scheme, q.Port, q.Path, q.Method = "http", mesh.AgentPort(pod), at, "GET"
	q.Authority = strings.TrimSuffix(q.Authority, ":"+strconv.Itoa(kubelet.Port)) + ":" + strconv.Itoa(q.Port)
	return []Change{{Code: "NextRewriteProbe", Args: []string{p.Name, p.Container, pod.Namespace + "/" + pod.Name}, Request: &q, pod: c}}
}

// exclude has a pod's sidecar leave the port of a probe alone.
func exclude(pod *corev1.Pod, p agent.Probe) Change {
	c := pod.DeepCopy()
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	ports := strconv.Itoa(p.Port)
	if others := c.Annotations[excludeInboundPorts]; others != "" {
		ports = others + "," + ports
	}
	c.Annotations[excludeInboundPorts] = ports
	return Change{Code: "NextExcludeProbe", Args: []string{p.Name, p.Container, pod.Namespace + "/" + pod.Name, ports}, pod: c}
}
