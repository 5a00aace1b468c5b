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
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
)

// attach mends what keeps a route of the Gateway API from its parent, by the reason that the route's status has (Gateway API: condition Accepted):
// the listener gets the route's namespace or host name, the route a parent that exists.
func (i *incident) attach() []Change {
	var out []Change
	for _, c := range gatewayapi.RouteProblems(i.s) {
		if !slices.ContainsFunc(i.causes(c.Ref.Kind), func(r mesh.Ref) bool { return r.Object() == c.Ref.Object() }) {
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
