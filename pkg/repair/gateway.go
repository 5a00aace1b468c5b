package repair

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// trustForwarded mends a redirect to https behind a load balancer that takes TLS off: the server that it sends to must not redirect.
func (i *incident) trustForwarded() []Change {
	var out []Change
	for ref, g := range causing(i, i.s.Gateways) {
		n, _, is := indexed(strings.TrimPrefix(ref.Field, "spec.servers"))
		if !is || n >= len(g.Spec.Servers) || !g.Spec.Servers[n].GetTls().GetHttpsRedirect() {
			continue
		}
		c := g.DeepCopy()
		if c.Spec.Servers[n].Tls.HttpsRedirect = false; c.Spec.Servers[n].Tls.Mode == 0 {
			c.Spec.Servers[n].Tls = nil
		}
		out = append(out, Change{Code: "NextNoRedirect", Args: []string{ref.String()}, Objects: []metav1.Object{c}})
	}
	return out
}

// grant lets routes of one namespace refer to a Service of another (Gateway API: ReferenceGrant).
func (i *incident) grant() []Change {
	var out []Change
	for _, ref := range append(i.causes(mesh.HTTPRoute), i.causes(mesh.GRPCRoute)...) {
		for _, b := range i.backends(ref) {
			if b.Namespace == nil || string(*b.Namespace) == ref.Namespace || string(*b.Namespace) == "" {
				continue
			}
			ns := string(*b.Namespace)
			if _, there, _ := i.s.Services.Get(ns, string(b.Name)); !there {
				continue
			}
			name := b.Name
			g := &gatewayv1.ReferenceGrant{ObjectMeta: metav1.ObjectMeta{Name: ref.Namespace + "-" + ref.Name, Namespace: ns}}
			g.Spec.From = []gatewayv1.ReferenceGrantFrom{{Group: gatewayv1.GroupName, Kind: gatewayv1.Kind(ref.Kind), Namespace: gatewayv1.Namespace(ref.Namespace)}}
			g.Spec.To = []gatewayv1.ReferenceGrantTo{{Kind: "Service", Name: &name}}
			out = append(out, Change{Code: "NextGrant", Args: []string{string(ref.Kind) + "s of " + ref.Namespace, "Service " + ns + "/" + string(name), ns}, Objects: []metav1.Object{g}})
		}
	}
	return out
}

// backends lists what a route refers to, of the rule that its field names, or else of all its rules.
func (i *incident) backends(ref mesh.Ref) []gatewayv1.BackendObjectReference {
	var out []gatewayv1.BackendObjectReference
	if r, ok, _ := i.s.HTTPRoutes.Get(ref.Namespace, ref.Name); ok && ref.Kind == mesh.HTTPRoute {
		for _, rule := range r.Spec.Rules {
			for _, b := range rule.BackendRefs {
				out = append(out, b.BackendObjectReference)
			}
		}
	}
	if r, ok, _ := i.s.GRPCRoutes.Get(ref.Namespace, ref.Name); ok && ref.Kind == mesh.GRPCRoute {
		for _, rule := range r.Spec.Rules {
			for _, b := range rule.BackendRefs {
				out = append(out, b.BackendObjectReference)
			}
		}
	}
	return out
}
