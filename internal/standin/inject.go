package standin

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const (
	injectLabel   = "sidecar.istio.io/inject"
	revisionLabel = "istio.io/rev"
	proxyName     = "istio-proxy"
)

// spared are the namespaces in which nothing is injected (pkg/kube/inject/inject.go, IgnoredNamespaces).
var spared = []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}

// inject does to a pod what Istio's webhook does, or the CNI plugin of ambient mode. The namespace is nil where the input has none of the
// name: it counts as one without labels then, which is noted in the pod where labels could make another of it.
func inject(p *corev1.Pod, namespace *corev1.Namespace) {
	var of map[string]string
	if namespace != nil {
		of = namespace.Labels
	}
	if p.Spec.HostNetwork {
		return
	}
	gateway := wantsGateway(p)
	if hasProxy(p) && !gateway {
		// istioctl kube-inject writes sidecars; the Deployments of gateways that istioctl installs have no label tlsMode (manifests/charts/gateways)
		if mesh.RoleOf(p) == mesh.SidecarProxy {
			mark(p, "")
		}
		return
	}
	if revision, ok := injected(p, of); ok {
		role := "sidecar"
		if gateway {
			role = "router"
		}
		addProxy(p, role)
		if !gateway { // the template of gateways sets no tlsMode
			mark(p, revision)
		}
		return
	}
	mode := of["istio.io/dataplane-mode"]
	if own, ok := p.Labels["istio.io/dataplane-mode"]; ok {
		mode = own
	}
	if mode == "ambient" && !hasProxy(p) {
		p.Annotations["ambient.istio.io/redirection"] = "enabled"
		return
	}
	if namespace == nil && !slices.Contains(spared, p.Namespace) && (!declines(p) || mode == "") {
		p.Annotations[mesh.UnlabelledAnnotation] = p.Namespace
	}
}

// wish is what a pod itself says of a sidecar. The annotation is deprecated, and only able to say no.
func wish(p *corev1.Pod) string {
	if own, has := p.Labels[injectLabel]; has {
		return own
	}
	if own := p.Annotations[injectLabel]; own != "true" {
		return own
	}
	return ""
}

// declines reports whether a pod asks for no sidecar itself, whatever its namespace says.
func declines(p *corev1.Pod) bool {
	return slices.Contains([]string{"false", "n", "no", "off"}, wish(p))
}

// injected reports whether the webhook takes a pod, and which revision's (manifests/charts/istio-control/istio-discovery,
// mutatingwebhook.yaml): the namespace is asked first, whose label istio-injection hides istio.io/rev, then the pod.
func injected(p *corev1.Pod, namespace map[string]string) (revision string, ok bool) {
	if slices.Contains(spared, p.Namespace) || declines(p) {
		return "", false
	}
	injection, named := namespace["istio-injection"]
	rev, tagged := namespace[revisionLabel]
	podRev, podTagged := p.Labels[revisionLabel]
	switch {
	case named:
		return "", injection == "enabled"
	case tagged:
		return rev, true
	case podTagged:
		return podRev, true
	}
	return "", wish(p) == "true"
}

func hasProxy(p *corev1.Pod) bool {
	is := func(c corev1.Container) bool { return c.Name == proxyName }
	return slices.ContainsFunc(p.Spec.Containers, is) || slices.ContainsFunc(p.Spec.InitContainers, is)
}

// wantsGateway reports whether the pod is to be a gateway: its template is gateway's, or it leaves its only container to the injector.
func wantsGateway(p *corev1.Pod) bool {
	if strings.Contains(p.Annotations["inject.istio.io/templates"], "gateway") {
		return true
	}
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool { return c.Name == proxyName && c.Image == "auto" && len(c.Args) == 0 })
}

// addProxy completes the proxy's container, or adds one.
func addProxy(p *corev1.Pod, role string) {
	for i := range p.Spec.Containers {
		if c := &p.Spec.Containers[i]; c.Name == proxyName {
			if len(c.Args) == 0 {
				c.Args = []string{"proxy", role}
			}
			return
		}
	}
	p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: proxyName, Image: "auto", Args: []string{"proxy", role}})
}

// mark notes in the pod what the injector notes in pods with a sidecar.
func mark(p *corev1.Pod, revision string) {
	if _, ok := p.Labels["security.istio.io/tlsMode"]; !ok {
		p.Labels["security.istio.io/tlsMode"] = "istio"
	}
	if revision != "" && revision != "default" {
		p.Annotations[revisionLabel] = revision
	}
}
