package precedence

import (
	"time"

	extensions "istio.io/api/extensions/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Extension is an object that changes a proxy beyond what Istio's own rules do. Exactly one of the three is set.
type Extension struct {
	Ref              mesh.Ref
	Created          time.Time
	EnvoyFilter      *networking.EnvoyFilter
	WasmPlugin       *extensions.WasmPlugin
	TrafficExtension *extensions.TrafficExtension
}

// Extended are the extensions that are attached to a workload, and how the others fared.
type Extended struct {
	Extensions []Extension
	Considered []Considered
	Gaps       []mesh.Gap
}

// Aim is what an extension says of the proxies that it is for.
type Aim struct {
	Selector map[string]string
	Single   *typeapi.PolicyTargetReference // targetRef, which targetRefs take the place of
	Targets  []*typeapi.PolicyTargetReference
}

type extensionsKey struct{ namespace, labels string }

// Extensions finds what is attached to a pod's proxy: of its own namespace and of the root namespace
// (pilot/pkg/model/push_context.go, EnvoyFilters and TrafficExtensionsByListenerInfo).
func Extensions(s *mesh.Snapshot, pod *corev1.Pod) Extended {
	type key struct{ pod *corev1.Pod }
	return *mesh.Derive(s, key{pod}, func() *Extended {
		return mesh.Derive(s, extensionsKey{pod.Namespace, LabelsKey(pod.Labels)}, func() *Extended {
			namespaces := []string{pod.Namespace, s.Config.RootNamespace}
			return ExtensionsIn(s, namespaces, namespaces, func(ref mesh.Ref, a Aim) Considered {
				return attaches(pod, ref, &typeapi.WorkloadSelector{MatchLabels: a.Selector}, a.Single, a.Targets)
			})
		})
	})
}

// ExtensionsIn goes through the EnvoyFilters of some namespaces and the plugins of others; attached decides on each.
func ExtensionsIn(s *mesh.Snapshot, filters, plugins []string, attached func(mesh.Ref, Aim) Considered) *Extended {
	out := &Extended{}
	add := func(x Extension, a Aim) {
		c := attached(x.Ref, a)
		if c.Applies {
			out.Extensions = append(out.Extensions, x)
		}
		out.Considered = append(out.Considered, c)
	}
	list, gaps := s.EnvoyFilters.In(filters...)
	out.Gaps = append(out.Gaps, gaps...)
	for _, f := range list {
		ref := mesh.Ref{Kind: mesh.EnvoyFilter, Namespace: f.Namespace, Name: f.Name}
		add(Extension{Ref: ref, Created: f.CreationTimestamp.Time, EnvoyFilter: &f.Spec}, Aim{f.Spec.GetWorkloadSelector().GetLabels(), nil, f.Spec.GetTargetRefs()})
	}
	wasm, gaps := s.WasmPlugins.In(plugins...)
	out.Gaps = append(out.Gaps, gaps...)
	for _, p := range wasm {
		ref := mesh.Ref{Kind: mesh.WasmPlugin, Namespace: p.Namespace, Name: p.Name}
		add(Extension{Ref: ref, Created: p.CreationTimestamp.Time, WasmPlugin: &p.Spec}, Aim{p.Spec.GetSelector().GetMatchLabels(), p.Spec.GetTargetRef(), p.Spec.GetTargetRefs()})
	}
	more, gaps := s.TrafficExtensions.In(plugins...)
	out.Gaps = append(out.Gaps, gaps...)
	for _, e := range more {
		ref := mesh.Ref{Kind: mesh.TrafficExtension, Namespace: e.Namespace, Name: e.Name}
		add(Extension{Ref: ref, Created: e.CreationTimestamp.Time, TrafficExtension: &e.Spec}, Aim{e.Spec.GetSelector().GetMatchLabels(), nil, e.Spec.GetTargetRefs()})
	}
	return out
}
