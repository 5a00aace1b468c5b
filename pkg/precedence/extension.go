package precedence

import (
	extensions "istio.io/api/extensions/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Extension is an object that changes a proxy beyond what Istio's own rules do. Exactly one of the three is set.
type Extension struct {
	Ref              mesh.Ref
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

type extensionsKey struct{ namespace, labels string }

// Extensions finds what is attached to a pod's proxy: of its own namespace and of the root namespace
// (pilot/pkg/model/push_context.go, EnvoyFilters and TrafficExtensionsByListenerInfo).
func Extensions(s *mesh.Snapshot, pod *corev1.Pod) Extended {
	type key struct{ pod *corev1.Pod }
	return *mesh.Derive(s, key{pod}, func() *Extended { return extensionsOf(s, pod) })
}

func extensionsOf(s *mesh.Snapshot, pod *corev1.Pod) *Extended {
	return mesh.Derive(s, extensionsKey{pod.Namespace, LabelsKey(pod.Labels)}, func() *Extended {
		var out Extended
		add := func(x Extension, selector map[string]string, single *typeapi.PolicyTargetReference, refs []*typeapi.PolicyTargetReference) {
			c := attaches(pod, x.Ref, &typeapi.WorkloadSelector{MatchLabels: selector}, single, refs)
			if c.Applies {
				out.Extensions = append(out.Extensions, x)
			}
			out.Considered = append(out.Considered, c)
		}
		filters, gaps := s.EnvoyFilters.In(pod.Namespace, s.Config.RootNamespace)
		out.Gaps = append(out.Gaps, gaps...)
		for _, f := range filters {
			ref := mesh.Ref{Kind: mesh.EnvoyFilter, Namespace: f.Namespace, Name: f.Name}
			add(Extension{Ref: ref, EnvoyFilter: &f.Spec}, f.Spec.GetWorkloadSelector().GetLabels(), nil, f.Spec.GetTargetRefs())
		}
		plugins, gaps := s.WasmPlugins.In(pod.Namespace, s.Config.RootNamespace)
		out.Gaps = append(out.Gaps, gaps...)
		for _, p := range plugins {
			ref := mesh.Ref{Kind: mesh.WasmPlugin, Namespace: p.Namespace, Name: p.Name}
			add(Extension{Ref: ref, WasmPlugin: &p.Spec}, p.Spec.GetSelector().GetMatchLabels(), p.Spec.GetTargetRef(), p.Spec.GetTargetRefs())
		}
		more, gaps := s.TrafficExtensions.In(pod.Namespace, s.Config.RootNamespace)
		out.Gaps = append(out.Gaps, gaps...)
		for _, e := range more {
			ref := mesh.Ref{Kind: mesh.TrafficExtension, Namespace: e.Namespace, Name: e.Name}
			add(Extension{Ref: ref, TrafficExtension: &e.Spec}, e.Spec.GetSelector().GetMatchLabels(), nil, e.Spec.GetTargetRefs())
		}
		return &out
	})
}
