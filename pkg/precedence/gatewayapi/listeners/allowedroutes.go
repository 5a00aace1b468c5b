package listeners

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// allowedNamespaces lists the namespaces whose routes a listener takes; "*" is every one (pilot/pkg/config/kube/gateway/conversion.go,
// namespacesFromSelector).
func (g *listening) allowedNamespaces(l *Listener) []string {
	from := gatewayv1.NamespacesFromSame
	if l.AllowedRoutes != nil && l.AllowedRoutes.Namespaces != nil {
		from = ptr.Deref(l.AllowedRoutes.Namespaces.From, from)
	}
	switch {
	case from == gatewayv1.NamespacesFromSame:
		return []string{l.Owner.Namespace}
	case from == gatewayv1.NamespacesFromAll, l.AllowedRoutes.Namespaces.Selector == nil:
		return []string{"*"}
	}
	return g.selected(l.AllowedRoutes.Namespaces.Selector, g.routeNamespaces()...)
}

// selected lists the namespaces that a selector fits, sorted. Of a namespace without an object nothing is known but its name.
func (g *listening) selected(selector *metav1.LabelSelector, more ...string) []string {
	sel, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil
	}
	namespaces, gaps := g.Snapshot.Namespaces.All()
	g.Unread(gaps)
	known := map[string]labels.Set{}
	for _, ns := range more {
		known[ns] = labels.Set{}
	}
	for _, ns := range namespaces {
		known[ns.Name] = labels.Set{}
		maps.Copy(known[ns.Name], ns.Labels)
	}
	var out []string
	for name, set := range known {
		set["kubernetes.io/metadata.name"] = name // the API server sees to this label
		if sel.Matches(set) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// routeNamespaces lists the namespaces that have routes.
func (g *listening) routeNamespaces() []string {
	seen := map[string]bool{}
	for _, r := range g.Routes() {
		seen[r.Ref.Namespace] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// routeKinds lists the kinds of routes that a listener takes: those of its protocol, of these the ones it names
// (gatewaycommon/conversion.go, GenerateGatewaySupportedKinds).
func (l *Listener) routeKinds() []string {
	var kinds []string
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType, gatewayv1.HTTPSProtocolType:
		kinds = []string{"HTTPRoute", "GRPCRoute"}
	case gatewayv1.TCPProtocolType:
		kinds = []string{"TCPRoute"}
	case gatewayv1.TLSProtocolType:
		kinds = []string{"TLSRoute"}
		if l.TLS != nil && ptr.Deref(l.TLS.Mode, gatewayv1.TLSModeTerminate) == gatewayv1.TLSModeTerminate {
			kinds = append(kinds, "TCPRoute")
		}
	}
	if l.AllowedRoutes == nil || len(l.AllowedRoutes.Kinds) == 0 {
		return kinds
	}
	return slices.DeleteFunc(kinds, func(kind string) bool {
		return !slices.ContainsFunc(l.AllowedRoutes.Kinds, func(k gatewayv1.RouteGroupKind) bool {
			return string(k.Kind) == kind && string(ptr.Deref(k.Group, resource.GatewayGroup)) == resource.GatewayGroup
		})
	})
}
