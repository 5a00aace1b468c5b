package repair

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
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
	for _, b := range i.backends() {
		if b.to.Namespace == nil || string(*b.to.Namespace) == b.route.Namespace || string(*b.to.Namespace) == "" {
			continue
		}
		ns, name := string(*b.to.Namespace), b.to.Name
		if _, there, _ := i.s.Services.Get(ns, string(name)); !there {
			continue
		}
		kind, _ := mesh.APIOf(b.route.Kind)
		g := &gatewayv1.ReferenceGrant{ObjectMeta: metav1.ObjectMeta{Name: b.route.Namespace + "-" + b.route.Name, Namespace: ns}}
		g.Spec.From = []gatewayv1.ReferenceGrantFrom{{Group: gatewayv1.GroupName, Kind: gatewayv1.Kind(kind.Name()), Namespace: gatewayv1.Namespace(b.route.Namespace)}}
		g.Spec.To = []gatewayv1.ReferenceGrantTo{{Kind: "Service", Name: &name}}
		out = append(out, Change{Code: "NextGrant", Args: []string{kind.Name() + "s of " + b.route.Namespace, "Service " + ns + "/" + string(name), ns}, Objects: []metav1.Object{g}})
	}
	return out
}

// otherBackend names a Service that exists in place of one that does not: a similar name, or the only Service of that name.
func (i *incident) otherBackend() []Change {
	var out []Change
	for _, b := range i.backends() {
		ns := string(ptr.Deref(b.to.Namespace, gatewayv1.Namespace(b.route.Namespace)))
		if _, there, _ := i.s.Services.Get(ns, string(b.to.Name)); there || ptr.Deref(b.to.Kind, "Service") != "Service" {
			continue
		}
		all, _ := i.s.Services.In(ns)
		var names []string
		for _, x := range all {
			names = append(names, x.Name)
		}
		name := like(string(b.to.Name), names)
		if name == "" {
			continue
		}
		if o := b.change(i.s, func(to *gatewayv1.BackendObjectReference) { to.Name = gatewayv1.ObjectName(name) }); o != nil {
			out = append(out, Change{Code: "NextBackend", Args: []string{b.route.At(b.field).String(), "Service " + ns + "/" + name}, Objects: []metav1.Object{o}})
		}
	}
	return out
}

// backend is one that a route names.
type backend struct {
	route mesh.Ref
	field string // of the route
	rule  int
	index int
	to    gatewayv1.BackendObjectReference
}

// backends lists what the routes that are a cause refer to, of all their rules.
func (i *incident) backends() []backend {
	var out []backend
	seen := map[mesh.Ref]bool{}
	for _, r := range i.o.By {
		route := r.Ref.Object()
		if r.Role != flow.Cause || seen[route] {
			continue
		}
		seen[route] = true
		o, ok := i.s.Object(route)
		if !ok {
			continue
		}
		for n, refs := range backendsOf(o) {
			for k, to := range refs {
				at := config.Under(config.Nth("spec.rules", n), config.Nth("backendRefs", k))
				out = append(out, backend{route: route, field: at, rule: n, index: k, to: *to})
			}
		}
	}
	return out
}

// change is the route with the backend changed; nil where it is not there.
func (b backend) change(s *mesh.Snapshot, change func(*gatewayv1.BackendObjectReference)) metav1.Object {
	o, ok := s.Object(b.route)
	if !ok {
		return nil
	}
	c, ok := o.(interface{ DeepCopyObject() runtime.Object })
	if !ok {
		return nil
	}
	n, ok := c.DeepCopyObject().(metav1.Object)
	if !ok {
		return nil
	}
	change(backendsOf(n)[b.rule][b.index])
	return n
}

// backendsOf are the backends of a route by rule; nil of what is no route.
func backendsOf(o metav1.Object) [][]*gatewayv1.BackendObjectReference {
	var out [][]*gatewayv1.BackendObjectReference
	switch r := o.(type) {
	case *gatewayv1.HTTPRoute:
		for n := range r.Spec.Rules {
			out = append(out, refsIn(r.Spec.Rules[n].BackendRefs, func(b *gatewayv1.HTTPBackendRef) *gatewayv1.BackendObjectReference { return &b.BackendObjectReference }))
		}
	case *gatewayv1.GRPCRoute:
		for n := range r.Spec.Rules {
			out = append(out, refsIn(r.Spec.Rules[n].BackendRefs, func(b *gatewayv1.GRPCBackendRef) *gatewayv1.BackendObjectReference { return &b.BackendObjectReference }))
		}
	case *gatewayv1.TLSRoute:
		for n := range r.Spec.Rules {
			out = append(out, refsIn(r.Spec.Rules[n].BackendRefs, plainRef))
		}
	case *gatewayv1.TCPRoute:
		for n := range r.Spec.Rules {
			out = append(out, refsIn(r.Spec.Rules[n].BackendRefs, plainRef))
		}
	}
	return out
}

func plainRef(b *gatewayv1.BackendRef) *gatewayv1.BackendObjectReference {
	return &b.BackendObjectReference
}

func refsIn[T any](list []T, of func(*T) *gatewayv1.BackendObjectReference) []*gatewayv1.BackendObjectReference {
	out := make([]*gatewayv1.BackendObjectReference, len(list))
	for n := range list {
		out[n] = of(&list[n])
	}
	return out
}
