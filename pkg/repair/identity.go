package repair

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// identify gives the request the identity that it has not got: a sidecar to its sender, or mutual TLS in place of what was configured.
func (i *incident) identify() []Change {
	if i.o.Reason != flow.PlaintextRefused {
		if i.o.At == nil || !lackingIn(i.o.At).Identity {
			return nil
		}
	}
	var out []Change
	if pod := i.q.Source; pod != nil && mesh.RoleOf(pod) == mesh.NoProxy && !mesh.Ambient(pod) && !pod.Spec.HostNetwork {
		out = i.enrol(pod)
		if len(out) == 0 {
			out = append(out, Change{Code: "NextInject", Args: []string{pod.Namespace + "/" + pod.Name, pod.Namespace}, pod: withSidecar(pod), Sender: true})
		}
	}
	if h := i.dialledByAddress(); h != nil {
		q := *i.q
		q.Host = h.name
		q.Port = h.port
		q.Authority = h.authority(i.q)
		out = append(out, Change{Code: "NextUseService", Args: []string{h.name}, Request: &q, Sender: true})
	}
	out = append(out, i.mutual()...)
	out = append(out, i.enable()...)
	out = append(out, i.acceptTunnels()...)
	out = append(out, i.importHost()...)
	return append(out, i.capture()...)
}

// enrol has the client join ambient mode: where labels ask for it already, or where the server is in ambient mode and nothing asks for a sidecar.
func (i *incident) enrol(pod *corev1.Pod) []Change {
	c := Change{Args: []string{pod.Namespace + "/" + pod.Name}, pod: captured(pod), Sender: true}
	switch why := capture.Of(i.s, pod).Why; {
	case why == capture.NotEnrolled:
		c.Code, c.Args = "NextEnrol", append(c.Args, cmp.Or(pod.Spec.NodeName, "its node"))
	case capture.KeptOut(i.s, pod):
		c.Code = "NextOptIn"
	case why == capture.NotAmbient:
		ns, ok, _ := i.s.Namespaces.Get("", pod.Namespace)
		if f, at := i.at(); !at || f.At.Role != flow.Ztunnel || ok && (ns.Labels["istio-injection"] != "" || ns.Labels["istio.io/rev"] != "") {
			return nil
		}
		c.Code, c.Args = "NextAmbient", append(c.Args, pod.Namespace)
	default:
		return nil
	}
	return []Change{c}
}

// captured is a pod as istio-cni would have enrolled it.
func captured(pod *corev1.Pod) *corev1.Pod {
	c := pod.DeepCopy()
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[capture.Annotation] = "enabled"
	if c.Labels[capture.ModeLabel] == "none" {
		delete(c.Labels, capture.ModeLabel)
	}
	return c
}

// withSidecar is a pod as the injector would have made it, in what matters to a decision.
func withSidecar(pod *corev1.Pod) *corev1.Pod {
	c := pod.DeepCopy()
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	c.Labels["security.istio.io/tlsMode"] = "istio"
	c.Spec.InitContainers = append(c.Spec.InitContainers, redirection())
	c.Spec.Containers = append(c.Spec.Containers, corev1.Container{Name: "istio-proxy", Args: []string{"proxy", "sidecar"}})
	return c
}

// redirection is the container that redirects a pod's connections to its sidecar, as the injector writes it (istio:
// manifests/charts/istio-control/istio-discovery/files/injection-template.yaml).
func redirection() corev1.Container {
	return corev1.Container{Name: "istio-init", Args: []string{"istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020"}}
}

// enrolSibling gives a sidecar to the endpoint that has none, for which a client's proxy calls all endpoints of the host in plaintext (istio:
// pilot/pkg/networking/core/cluster_tls.go, automatic mutual TLS of hosts that are called by address).
func (i *incident) enrolSibling() []Change {
	f, ok := i.at()
	if !ok || f.Wire.Why != flow.NoteSiblingWithoutSidecar {
		return nil
	}
	var out []Change
	for _, pod := range causing(i, i.s.Pods) {
		if mesh.RoleOf(pod) == mesh.NoProxy && !mesh.Ambient(pod) && !pod.Spec.HostNetwork {
			out = append(out, Change{Code: "NextInjectSibling", Args: []string{mesh.PodRef(pod).ID(), pod.Namespace}, pod: withSidecar(pod)})
		}
	}
	return out
}
