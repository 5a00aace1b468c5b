package ingress

import (
	"cmp"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

type virtualServicesKey struct{}

// rule is an entry of spec.rules, with its Ingress.
type rule struct {
	of    *networkingv1.Ingress
	index int
	paths []networkingv1.HTTPIngressPath
}

// VirtualServices returns one for each host that Ingresses have rules for, bound to the Gateway of the one that comes first: the oldest, then by
// name and namespace. The rules of the others are added to it. A defaultBackend has no effect (virtualservices.go, VirtualServices;
// ingress.go, RuleCollection).
func VirtualServices(s *mesh.Snapshot) []*config.VirtualService {
	return mesh.Derive(s, virtualServicesKey{}, func() []*config.VirtualService {
		rules := map[string][]rule{}
		var hosts []string
		list, _ := supported(s)
		for _, x := range list {
			for i, r := range x.Spec.Rules {
				if r.HTTP == nil {
					continue
				}
				host := cmp.Or(r.Host, "*")
				if rules[host] == nil {
					hosts = append(hosts, host)
				}
				rules[host] = append(rules[host], rule{x, i, r.HTTP.Paths})
			}
		}
		slices.Sort(hosts)
		var out []*config.VirtualService
		for _, host := range hosts {
			out = append(out, virtualService(s, host, rules[host]))
		}
		return out
	})
}

func virtualService(s *mesh.Snapshot, host string, rules []rule) *config.VirtualService {
	slices.SortStableFunc(rules, func(a, b rule) int {
		return cmp.Or(a.of.CreationTimestamp.Time.Compare(b.of.CreationTimestamp.Time), strings.Compare(a.of.Name, b.of.Name), strings.Compare(a.of.Namespace, b.of.Namespace))
	})
	first := rules[0].of
	v := &config.VirtualService{Ref: mesh.Ref{Kind: mesh.Ingress, Namespace: first.Namespace, Name: first.Name}, Namespace: first.Namespace, Ingress: true,
		Hosts: []string{strings.ToLower(host)}, Written: []string{host}, Gateways: []string{nameOf(first)},
		Name: strings.ReplaceAll(host, ".", "-") + "-" + first.Name + suffix, ExportTo: config.ResolvedExports(s, nil, first.Namespace)}
	for _, r := range rules {
		at := mesh.Ref{Kind: mesh.Ingress, Namespace: r.of.Namespace, Name: r.of.Name}
		if !slices.Contains(v.Objects, at) {
			v.Objects = append(v.Objects, at)
		}
		for i, p := range r.paths {
			if to := destination(s, r.of.Namespace, p.Backend.Service); to != nil {
				v.HTTP = append(v.HTTP, config.HTTPRoute{HTTPRoute: route(p, to), Ref: at.At(config.Nth(config.Nth("spec.rules", r.index)+".http.paths", i)), Parts: parts})
			}
		}
	}
	slices.SortStableFunc(v.HTTP, byLength)
	return v
}

// parts are the fields of a path that the parts of its route are made of.
var parts = map[string]string{"match[0].uri": "path", "route[0].destination": "backend.service"}

// route sends a path to a destination. A path of the type Prefix matches by whole segments.
func route(p networkingv1.HTTPIngressPath, to *networking.Destination) *networking.HTTPRoute {
	out := &networking.HTTPRoute{Route: []*networking.HTTPRouteDestination{{Destination: to, Weight: 100}}}
	if uri := match(p); uri != nil {
		out.Match = []*networking.HTTPMatchRequest{{Uri: uri}}
	}
	return out
}

// match is the condition on the path. The type ImplementationSpecific, or none, is exact, or a prefix where the path ends in .* or /*.
func match(p networkingv1.HTTPIngressPath) *networking.StringMatch {
	prefix := func(s string) *networking.StringMatch {
		return &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: s}}
	}
	exact := &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: p.Path}}
	switch {
	case p.PathType != nil && *p.PathType == networkingv1.PathTypeExact:
		return exact
	case p.PathType != nil && *p.PathType == networkingv1.PathTypePrefix:
		return prefix(p.Path)
	case slices.Contains([]string{"", "*", "/*", ".*"}, p.Path):
		return nil
	}
	for _, end := range []string{".*", "/*"} {
		if rest, ok := strings.CutSuffix(p.Path, end); ok {
			return prefix(rest)
		}
	}
	return exact
}

// destination is the Service of a backend; nil where there is none, or none of the port's name, for which istiod makes no route.
func destination(s *mesh.Snapshot, namespace string, b *networkingv1.IngressServiceBackend) *networking.Destination {
	if b == nil {
		return nil
	}
	number := uint32(b.Port.Number)
	if b.Port.Number <= 0 {
		svc, found, _ := s.Services.Get(namespace, b.Name)
		if !found {
			return nil
		}
		for _, p := range slices.Backward(svc.Spec.Ports) {
			if p.Name == b.Port.Name {
				number = uint32(p.Port)
			}
		}
		if number == 0 {
			return nil
		}
	}
	return &networking.Destination{Host: mesh.ServiceHost(b.Name, namespace), Port: &networking.PortSelector{Number: number}}
}

// byLength orders routes as Ingress asks: longer paths first, of two that are equally long an exact one (sortHTTPRoutes).
func byLength(a, b config.HTTPRoute) int {
	x, exact := length(a)
	y, other := length(b)
	switch {
	case x != y:
		return cmp.Compare(y, x)
	case exact == other:
		return 0
	case exact:
		return -1
	}
	return 1
}

func length(r config.HTTPRoute) (n int, exact bool) {
	if len(r.Match) == 0 {
		return 0, false
	}
	if m, is := r.Match[0].Uri.MatchType.(*networking.StringMatch_Exact); is {
		return len(m.Exact), true
	}
	return len(r.Match[0].Uri.GetPrefix()), false
}
