package repair

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// capture takes away what of a pod keeps connections from its sidecar: the annotation that leaves a port out of the redirection, or that a program
// runs as the proxy's user. Of a pod without a sidecar it takes away the label that says that it has one.
func (i *incident) capture() []Change {
	var out []Change
	for ref, pod := range causing(i, i.s.Pods) {
		id := mesh.PodRef(pod).ID()
		c := pod.DeepCopy()
		code, what := "", ref.Field
		switch name, in := bracketed(ref.Field); {
		case in == "metadata.annotations" && name == injectionStatus:
			out = append(out, Change{Code: "NextReinject", Args: []string{id}, pod: redirected(pod)})
			continue
		case strings.HasSuffix(ref.Field, "env[ISTIO_META_INTERCEPTION_MODE]"), in == "metadata.annotations" && strings.HasPrefix(name, interceptionMode):
			out = append(out, Change{Code: "NextIntercept", Args: []string{what, id}, pod: redirected(pod)})
			continue
		case in == "metadata.annotations" && c.Annotations[name] != "":
			delete(c.Annotations, name)
			code, what = "NextCapture", name
		case in == "metadata.labels" && c.Labels[name] != "" && mesh.RoleOf(pod) == mesh.NoProxy:
			delete(c.Labels, name)
			code, what = "NextUnlabel", name
		case strings.Contains(ref.Field, "securityContext"):
			asItself(&c.Spec)
			code = "NextOtherUser"
		}
		if code != "" {
			out = append(out, Change{Code: code, Args: []string{what, id}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// What the injector reads and writes of how connections get to a sidecar.
const (
	interceptionMode = "sidecar.istio.io/interceptionMode"
	injectionStatus  = "sidecar.istio.io/status"
)

// redirected is a pod as the injector makes it in every mode but NONE: with a container that sets up the redirection (Istio: annotation
// sidecar.istio.io/interceptionMode).
func redirected(pod *corev1.Pod) *corev1.Pod {
	own := pod.DeepCopy()
	delete(own.Annotations, interceptionMode)
	delete(own.Annotations, injectionStatus)
	for n := range own.Spec.Containers {
		c := &own.Spec.Containers[n]
		c.Env = slices.DeleteFunc(slices.Clone(c.Env), func(e corev1.EnvVar) bool { return e.Name == "ISTIO_META_INTERCEPTION_MODE" })
	}
	own.Spec.InitContainers = append(own.Spec.InitContainers, redirection())
	return own
}

// bracketed takes a[b] apart.
func bracketed(field string) (inner, outer string) {
	outer, inner, _ = strings.Cut(strings.TrimSuffix(field, "]"), "[")
	return inner, outer
}

// asItself has no program of a pod run as a user or a group that the pod names: the image's own count.
func asItself(spec *corev1.PodSpec) {
	if c := spec.SecurityContext; c != nil {
		c.RunAsUser, c.RunAsGroup = nil, nil
	}
	for n := range spec.Containers {
		if c := spec.Containers[n].SecurityContext; c != nil && spec.Containers[n].Name != "istio-proxy" {
			c.RunAsUser, c.RunAsGroup = nil, nil
		}
	}
}
