package flow

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Presumption is what an answer takes for granted: it holds unless something is broken or overloaded that the mesh has no part in.
type Presumption struct {
	Code     Note // with a sentence in the catalogue
	Resource mesh.Ref
	Args     []string // for the sentence
}

// PresumesPod is what an answer takes for granted that a pod is part of: where the pod stands for those of a workload, that it has one, and
// that the namespace asks for no proxy if it was not in the input; where it stands for a machine, that a proxy runs there.
func PresumesPod(pod *corev1.Pod) []Presumption {
	if mesh.Machine(pod) {
		at := mesh.PodRef(pod)
		return []Presumption{{Code: PresumesMachine, Resource: at, Args: []string{pod.Status.PodIP, pod.Spec.ServiceAccountName, string(at.Kind) + " " + at.ID()}}}
	}
	w, ok := mesh.StandsFor(pod)
	if !ok {
		return nil
	}
	out := []Presumption{{Code: PresumesWorkload, Resource: w, Args: []string{string(w.Kind) + " " + w.ID()}}}
	if _, presumed := pod.Annotations[mesh.UnlabelledAnnotation]; presumed {
		out = append(out, Presumption{Code: PresumesNamespace, Resource: mesh.Ref{Kind: mesh.Namespace, Name: pod.Namespace}, Args: []string{pod.Namespace}})
	}
	return out
}

// DefaultOf is what an answer takes for granted that rests on a field of the mesh config where what was read has none: that the field has
// the value which Istio gives it (pkg/config/mesh/mesh.go, DefaultMeshConfig). It is nothing where the mesh config was read, or is a gap.
func DefaultOf(c mesh.Config, field, value string) []Presumption {
	if !c.Absent {
		return nil
	}
	return []Presumption{{Code: PresumesDefault, Resource: c.Field(field), Args: []string{field, value}}}
}

// OutboundDefault is what an answer takes for granted that rests on the mesh's own outboundTrafficPolicy.
func OutboundDefault(f Flow, s *mesh.Snapshot) []Presumption {
	if f.Scope.ModeFrom.Kind != mesh.MeshConfig {
		return nil
	}
	return DefaultOf(s.Config, "outboundTrafficPolicy", s.Config.OutboundMode().String())
}

// NoMeshConfig is the gap of a field of the mesh config that something refers to, where what was read has no mesh config.
func NoMeshConfig(c mesh.Config, field string) mesh.Gap {
	return mesh.Gap{Kind: mesh.MeshConfig, Cause: mesh.External, Resource: c.Field(field), Rule: string(NoteMeshConfigAbsent), Detail: field}
}

// PresumesDerived is what an answer takes for granted that sends to some endpoints: those that nothing lists were derived from pods.
func PresumesDerived(eps []mesh.Endpoint) []Presumption {
	var out []Presumption
	for _, e := range eps {
		if !e.Derived && !mesh.Machine(e.Pod) {
			continue
		}
		p := PresumesPod(e.Pod)
		if len(p) == 0 {
			p = []Presumption{{Code: PresumesEndpoints, Resource: e.Host, Args: []string{string(e.Host.Kind) + " " + e.Host.ID()}}}
		}
		if !slices.ContainsFunc(out, func(x Presumption) bool { return x.Code == p[0].Code && x.Resource == p[0].Resource }) {
			out = append(out, p...)
		}
	}
	return out
}
