package extension

import (
	"cmp"
	"slices"
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const ingressClassAnnotation = "kubernetes.io/ingress.class"

// unmodelledIngress lists the Ingress objects that istiod turns into routes of this gateway, where they have the request's host: those of
// its class, or, in the mode DEFAULT, of none (MeshConfig ingressControllerMode, ingressClass, ingressSelector;
// pilot/pkg/config/kube/ingress/controller.go).
func unmodelledIngress(f flow.Flow, s *mesh.Snapshot) []mesh.Ref {
	if f.Pod == nil || f.At.Role != flow.IngressGateway {
		return nil
	}
	c := s.Config.Proto
	class, selector := cmp.Or(c.GetIngressClass(), "istio"), cmp.Or(c.GetIngressSelector(), "ingressgateway")
	if c.GetIngressControllerMode() == meshconfig.MeshConfig_OFF || f.Pod.Labels["istio"] != selector {
		return nil
	}
	host := strings.ToLower(config.StripPort(f.Message.Authority))
	var out []mesh.Ref
	list, _ := s.Ingresses.All()
	for _, x := range list {
		own, has := x.Annotations[ingressClassAnnotation]
		if x.Spec.IngressClassName != nil && !has {
			own, has = *x.Spec.IngressClassName, true
		}
		fits := has && own == class || !has && c.GetIngressControllerMode() == meshconfig.MeshConfig_DEFAULT
		if fits && (x.Spec.DefaultBackend != nil || slices.ContainsFunc(x.Spec.Rules, func(r networkingv1.IngressRule) bool {
			return r.Host == "" || mesh.HostsOverlap(strings.ToLower(r.Host), host)
		})) {
			out = append(out, mesh.Ref{Kind: mesh.Ingress, Namespace: x.Namespace, Name: x.Name})
		}
	}
	return out
}
