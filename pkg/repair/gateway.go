package repair

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
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

// attach mends what keeps a route of the Gateway API from its parent, by the reason that the route's status has (Gateway API: condition Accepted):
// the listener gets the route's namespace or host name, the route a parent that exists.
func (i *incident) attach() []Change {
	var out []Change
	caused := map[mesh.Ref]bool{}
	for _, r := range i.o.By {
		caused[r.Ref.Object()] = true
	}
	for _, c := range gatewayapi.RouteProblems(i.s) {
		if !caused[c.Ref.Object()] {
			continue
		}
		switch c.Why {
		case precedence.NotAllowedByListeners:
			out = append(out, i.admitRoute(c)...)
		case precedence.NoMatchingListenerHostname:
			out = append(out, i.listen(c)...)
		case precedence.NoMatchingParent:
			out = append(out, i.parent(c)...)
		}
	}
	return out
}

// listener is a copy of the Gateway that a reference to one of its listeners points at, with the place of that listener.
func (i *incident) listener(at mesh.Ref) (*gatewayv1.Gateway, int, bool) {
	g, ok, _ := i.s.KubeGateways.Get(at.Namespace, at.Name)
	n, _, is := indexed(strings.TrimPrefix(at.Field, "spec.listeners"))
	if !ok || !is || at.Kind != mesh.KubeGateway || n >= len(g.Spec.Listeners) {
		return nil, 0, false
	}
	return g.DeepCopy(), n, true
}

// admitRoute lets routes of one more namespace attach to a listener, by the label that every namespace has.
func (i *incident) admitRoute(c precedence.Considered) []Change {
	g, n, ok := i.listener(c.By)
	if !ok || !strings.HasSuffix(c.By.Field, "namespaces") {
		return nil
	}
	l := &g.Spec.Listeners[n]
	admitted := []string{c.Ref.Namespace}
	if l.AllowedRoutes == nil {
		l.AllowedRoutes = &gatewayv1.AllowedRoutes{}
	}
	from := l.AllowedRoutes.Namespaces
	switch {
	case from == nil || from.From == nil || *from.From == gatewayv1.NamespacesFromSame:
		admitted = append(admitted, g.Namespace)
	case *from.From == gatewayv1.NamespacesFromSelector:
		return nil // whose selector fits is a matter of labels: of the namespace, or of the selector
	}
	slices.Sort(admitted)
	l.AllowedRoutes.Namespaces = &gatewayv1.RouteNamespaces{From: ptr.To(gatewayv1.NamespacesFromSelector), Selector: &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpIn, Values: admitted}}}}
	return []Change{{Code: "NextAdmitRoute", Args: []string{c.Ref.Object().Plain(), c.By.Plain()}, Objects: []metav1.Object{g}}}
}

// listen adds a listener for the host that is asked for, like the one whose host name does not fit.
func (i *incident) listen(c precedence.Considered) []Change {
	g, n, ok := i.listener(c.By)
	if !ok {
		return nil
	}
	l := *g.Spec.Listeners[n].DeepCopy()
	l.Hostname = ptr.To(gatewayv1.Hostname(i.q.Host))
	l.Name += "-2"
	if slices.ContainsFunc(g.Spec.Listeners, func(x gatewayv1.Listener) bool { return x.Name == l.Name }) {
		return nil
	}
	g.Spec.Listeners = append(g.Spec.Listeners, l)
	return []Change{{Code: "NextListen", Args: []string{i.q.Host, c.By.Object().Plain()}, Objects: []metav1.Object{g}}}
}

// parent names a parent that exists, or leaves out the name or the port of a listener that does not.
func (i *incident) parent(c precedence.Considered) []Change {
	n, rest, ok := indexed(strings.TrimPrefix(c.Ref.Field, "spec.parentRefs"))
	o, has := i.s.Object(c.Ref.Object())
	if !ok || !has {
		return nil
	}
	copied, ok := o.(interface{ DeepCopyObject() runtime.Object })
	if !ok {
		return nil
	}
	route := copied.DeepCopyObject()
	list := parentsOf(route)
	if n >= len(list) {
		return nil
	}
	p := &list[n]
	ns := string(ptr.Deref(p.Namespace, gatewayv1.Namespace(c.Ref.Namespace)))
	gw, there, _ := i.s.KubeGateways.Get(ns, string(p.Name))
	to := ""
	switch {
	case there && strings.HasPrefix(rest, ".") || there && (p.SectionName != nil || p.Port != nil):
		p.SectionName, p.Port = sectionLike(gw, p.SectionName), nil
		to = "Gateway " + ns + "/" + gw.Name
		if p.SectionName != nil {
			to += " listener " + string(*p.SectionName)
		}
	case !there:
		all, _ := i.s.KubeGateways.All()
		var near []string
		for _, g := range all {
			if g.Namespace == ns {
				near = append(near, g.Name)
			} else if g.Name == string(p.Name) && to == "" {
				p.Namespace = ptr.To(gatewayv1.Namespace(g.Namespace))
				to = "Gateway " + g.Namespace + "/" + g.Name
			}
		}
		if name := like(string(p.Name), near); to == "" && name != "" {
			p.Name = gatewayv1.ObjectName(name)
			to = "Gateway " + ns + "/" + name
		}
	}
	changed, ok := route.(metav1.Object)
	if to == "" || !ok {
		return nil
	}
	return []Change{{Code: "NextParent", Args: []string{to, c.Ref.Object().Plain()}, Objects: []metav1.Object{changed}}}
}

// sectionLike is the listener whose name is like the one that is asked for; nil for all of the Gateway's.
func sectionLike(g *gatewayv1.Gateway, name *gatewayv1.SectionName) *gatewayv1.SectionName {
	if name == nil {
		return nil
	}
	var names []string
	for _, l := range g.Spec.Listeners {
		names = append(names, string(l.Name))
	}
	if n := like(string(*name), names); n != "" {
		return ptr.To(gatewayv1.SectionName(n))
	}
	return nil
}

func parentsOf(route any) []gatewayv1.ParentReference {
	switch r := route.(type) {
	case *gatewayv1.HTTPRoute:
		return r.Spec.ParentRefs
	case *gatewayv1.GRPCRoute:
		return r.Spec.ParentRefs
	case *gatewayv1.TLSRoute:
		return r.Spec.ParentRefs
	case *gatewayv1.TCPRoute:
		return r.Spec.ParentRefs
	}
	return nil
}
