package standin

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// TestInject holds what becomes of pods against what Istio's webhooks select.
func TestInject(t *testing.T) {
	const asks, rev, mode = "sidecar.istio.io/inject", "istio.io/rev", "istio.io/dataplane-mode"
	type labels map[string]string
	app := corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}}
	auto := corev1.PodSpec{Containers: []corev1.Container{{Name: "istio-proxy", Image: "auto"}}}
	proxy := func(role string) corev1.PodSpec {
		return corev1.PodSpec{Containers: []corev1.Container{{Name: "istio-proxy", Image: "proxyv2", Args: []string{"proxy", role}}}}
	}
	node := corev1.PodSpec{HostNetwork: true, Containers: []corev1.Container{{Name: "app"}}}
	for name, x := range map[string]struct {
		in             string
		namespace, pod labels
		annotations    labels
		spec           corev1.PodSpec
		role           mesh.Role
		revision       string
		ambient        bool
		absent         bool // the namespace
		presumed       bool // that it has no labels
	}{
		"nothing asks":             {spec: app},
		"the namespace asks":       {namespace: labels{"istio-injection": "enabled"}, spec: app, role: mesh.SidecarProxy},
		"it forbids":               {namespace: labels{"istio-injection": "disabled"}, pod: labels{asks: "true"}, spec: app},
		"its revision":             {namespace: labels{rev: "canary"}, spec: app, role: mesh.SidecarProxy, revision: "canary"},
		"istio-injection hides it": {namespace: labels{"istio-injection": "enabled", rev: "canary"}, spec: app, role: mesh.SidecarProxy},
		"the pod declines":         {namespace: labels{"istio-injection": "enabled"}, pod: labels{asks: "false"}, spec: app},
		"by an annotation":         {namespace: labels{"istio-injection": "enabled"}, annotations: labels{asks: "false"}, spec: app},
		"which cannot ask":         {annotations: labels{asks: "true"}, spec: app},
		"the pod asks":             {pod: labels{asks: "true"}, spec: app, role: mesh.SidecarProxy},
		"for a revision":           {pod: labels{rev: "canary"}, spec: app, role: mesh.SidecarProxy, revision: "canary"},
		"in the node's network":    {namespace: labels{"istio-injection": "enabled"}, spec: node},
		"in a spared namespace":    {in: "kube-system", namespace: labels{"istio-injection": "enabled"}, spec: app},
		"a gateway":                {pod: labels{asks: "true"}, annotations: labels{"inject.istio.io/templates": "gateway"}, spec: auto, role: mesh.GatewayProxy},
		"a gateway without a word": {namespace: labels{"istio-injection": "enabled"}, spec: auto, role: mesh.GatewayProxy},
		"a gateway of istioctl":    {pod: labels{asks: "false"}, spec: proxy("router"), role: mesh.GatewayProxy},
		"a sidecar of kube-inject": {spec: proxy("sidecar"), role: mesh.SidecarProxy},
		"ambient":                  {namespace: labels{mode: "ambient"}, spec: app, ambient: true},
		"ambient by the pod":       {pod: labels{mode: "ambient"}, spec: app, ambient: true},
		"ambient but for the pod":  {namespace: labels{mode: "ambient"}, pod: labels{mode: "none"}, spec: app},
		"nobody knows":             {absent: true, spec: app, presumed: true},
		"all know: the pod asks":   {absent: true, pod: labels{asks: "true"}, spec: app, role: mesh.SidecarProxy},
		"all know: it wants none":  {absent: true, pod: labels{asks: "false", mode: "none"}, spec: app},
		"but no sidecar may be":    {absent: true, pod: labels{asks: "false"}, spec: app, presumed: true}, // ambient
		"all know: ambient":        {absent: true, pod: labels{mode: "ambient"}, spec: app, ambient: true},
		"all know: it is spared":   {absent: true, in: "kube-system", spec: app},
		"a sidecar in ambient":     {namespace: labels{mode: "ambient"}, pod: labels{asks: "true"}, spec: app, role: mesh.SidecarProxy},
	} {
		p := &corev1.Pod{Spec: *x.spec.DeepCopy()}
		p.Namespace = x.in
		p.Labels, p.Annotations = map[string]string{}, map[string]string{}
		maps.Copy(p.Labels, x.pod)
		maps.Copy(p.Annotations, x.annotations)
		ns := &corev1.Namespace{}
		ns.Labels = x.namespace

		if x.absent {
			ns = nil
		}
		inject(p, ns)
		if _, got := p.Annotations[mesh.UnlabelledAnnotation]; got != x.presumed {
			t.Errorf("%s: presumed %v, want %v", name, got, x.presumed)
		}
		if got := mesh.RoleOf(p); got != x.role {
			t.Errorf("%s: role %v, want %v", name, got, x.role)
		}
		if got := mesh.TLSMode(p.Labels) == "istio"; got != (x.role == mesh.SidecarProxy) {
			t.Errorf("%s: takes mutual TLS %v", name, got)
		}
		if got := p.Annotations[rev]; got != x.revision {
			t.Errorf("%s: revision %q, want %q", name, got, x.revision)
		}
		if got := mesh.Ambient(p); got != x.ambient {
			t.Errorf("%s: ambient %v, want %v", name, got, x.ambient)
		}
	}
}
