package ingress

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Why istiod does not serve an Ingress.
const (
	IngressesNotServed  precedence.LossReason = "IngressesNotServed"  // ingressControllerMode is OFF
	IngressOfOtherClass precedence.LossReason = "IngressOfOtherClass" // its class is another controller's
	IngressClassMissing precedence.LossReason = "IngressClassMissing" // it names an IngressClass that does not exist
	IngressWithoutClass precedence.LossReason = "IngressWithoutClass" // it names none
)

// Unserved lists the Ingresses that have a host and that istiod does not serve, as far as a gateway with some labels would serve them, with what says so.
func Unserved(s *mesh.Snapshot, labels map[string]string, host string) []precedence.Considered {
	selector := s.Config.IngressSelector()
	if selector != nil && !mesh.Selects(selector, labels) {
		return nil
	}
	var out []precedence.Considered
	list, _ := s.Ingresses.All()
	for _, x := range list {
		ok, unread := serves(s, x)
		if !Names(x, host) || len(unread) > 0 || ok && selector != nil {
			continue
		}
		c := precedence.Considered{Ref: mesh.Ref{Kind: mesh.Ingress, Namespace: x.Namespace, Name: x.Name, Field: "spec.ingressClassName"}, Why: IngressWithoutClass}
		_, annotated := x.Annotations[classAnnotation]
		switch {
		case selector == nil:
			c.Why, c.By = IngressesNotServed, s.Config.Field("ingressControllerMode")
		case annotated:
			c.Ref.Field, c.Why = "metadata.annotations["+classAnnotation+"]", IngressOfOtherClass
		case x.Spec.IngressClassName != nil:
			c.Why = IngressClassMissing
			if _, there, _ := s.IngressClasses.Get("", *x.Spec.IngressClassName); there {
				c.Why, c.By = IngressOfOtherClass, mesh.Ref{Kind: mesh.IngressClass, Name: *x.Spec.IngressClassName, Field: "spec.controller"}
			}
		}
		out = append(out, c)
	}
	return out
}

// Names reports whether an Ingress has rules for a host by its name.
func Names(x *networkingv1.Ingress, host string) bool {
	for _, r := range x.Spec.Rules {
		if r.Host != "" && mesh.HostsOverlap(r.Host, host) {
			return true
		}
	}
	return false
}
