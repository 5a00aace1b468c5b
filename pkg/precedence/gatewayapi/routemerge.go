package gatewayapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// share is what an HTTPRoute or GRPCRoute adds to one host name at one parent.
type share struct {
	route *resource.Route
	name  string // of the VirtualService before it is merged
	to    shareKey
	rules []config.HTTPRoute
}

// shareKey tells which rules are merged: those of one listener, and in the mesh those of one namespace for one port.
type shareKey struct {
	gateway, namespace string
	port               uint32
	host               string
}

// name of the merged VirtualService, by which those of equal age are ordered.
func (k shareKey) name() string {
	parts := []string{k.gateway, k.host}
	if k.gateway == config.MeshGateway {
		parts[0] = k.namespace
		if k.port != 0 {
			parts = []string{k.namespace, strconv.Itoa(int(k.port)), k.host}
		}
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), "/", "~")
}

// sharesOf splits a route by parent and host name (pilot/pkg/config/kube/gateway/route_collections.go, HTTPRouteCollection).
func (g *gatewayAPI) sharesOf(r *resource.Route, attached []attachment) []share {
	var out []share
	rules := map[bool][]config.HTTPRoute{}
	for _, a := range attached {
		inMesh := a.listener == nil
		if _, done := rules[inMesh]; !done {
			rules[inMesh] = g.convert(r, attached, inMesh).HTTP()
		}
		if len(rules[inMesh]) == 0 {
			continue
		}
		to, hosts, own := shareKey{gateway: a.gateway()}, r.Hosts(), rules[inMesh]
		if inMesh {
			to.namespace, to.port, hosts = r.Ref.Namespace, a.port, a.hosts
			own = onPort(own, a.port)
		}
		for _, h := range hosts {
			if !inMesh {
				if ok, _ := g.serves(a.listener, h); !ok {
					continue
				}
			}
			to.host = h
			out = append(out, share{route: r, name: r.Ref.Name + "~" + strconv.Itoa(len(out)), to: to, rules: own})
		}
	}
	return out
}

// onPort limits rules to requests that go to a port; 0 is no limit.
func onPort(rules []config.HTTPRoute, port uint32) []config.HTTPRoute {
	if port == 0 {
		return rules
	}
	out := slices.Clone(rules)
	for i := range out {
		out[i].HTTPRoute = out[i].HTTPRoute.DeepCopy()
		for _, m := range out[i].Match {
			m.Port = port
		}
		if len(out[i].Match) == 0 {
			out[i].Match = []*networking.HTTPMatchRequest{{Port: port}}
		}
	}
	return out
}

// withoutNamesakes drops the shares of GRPCRoutes that an HTTPRoute of the same name and namespace has too: istiod keeps both kinds in one
// collection, by names that do not tell the kind (controller.go, HTTPAndGRPCBaseVS; pkg/kube/krt/join.go).
func (g *gatewayAPI) withoutNamesakes(shares []share) []share {
	type name struct{ namespace, name string }
	taken := map[name]mesh.Ref{}
	for _, x := range shares {
		if x.route.HTTP != nil {
			taken[name{x.route.Ref.Namespace, x.name}] = x.route.Ref
		}
	}
	return slices.DeleteFunc(shares, func(x share) bool {
		by, lost := taken[name{x.route.Ref.Namespace, x.name}]
		if lost = lost && x.route.GRPC != nil; lost {
			g.Lose([]string{x.to.host}, x.route.Ref.At("metadata.name"), precedence.NameTaken, by)
		}
		return lost
	})
}

// merge makes one VirtualService of all rules that share a host name at a parent, and orders them by what they match
// (mergeHTTPRoutes). It has the namespace and the age of the route that comes first.
func (g *gatewayAPI) merge(shares []share) {
	groups := map[shareKey][]share{}
	var order []shareKey
	for _, x := range g.withoutNamesakes(shares) {
		if _, again := groups[x.to]; !again {
			order = append(order, x.to)
		}
		if !slices.ContainsFunc(groups[x.to], func(o share) bool { return o.route == x.route }) { // two entries of parentRefs can mean the same
			groups[x.to] = append(groups[x.to], x)
		}
	}
	for _, to := range order {
		group := groups[to]
		slices.SortStableFunc(group, func(a, b share) int {
			return cmp.Or(a.route.Created.Compare(b.route.Created), strings.Compare(a.route.Ref.Namespace, b.route.Ref.Namespace),
				strings.Compare(a.name, b.name))
		})
		v := g.newVirtualService(group[0].route, to.name(), to.gateway, to.host)
		for _, x := range group {
			v.Objects = append(v.Objects, x.route.Ref)
			v.HTTP = append(v.HTTP, byPrecedence(x.rules)...)
		}
		v.HTTP = byPrecedence(v.HTTP)
	}
}

// byPrecedence orders rules as the Gateway API asks: by the kind of the path match (exact, prefix, regular expression), the length of
// the path, whether a method is asked for, the number of headers, the number of query parameters; a rule without match comes last. Rules
// that are equal so far keep their order, which is that of age and place (sortHTTPRoutes).
func byPrecedence(rules []config.HTTPRoute) []config.HTTPRoute {
	out := slices.Clone(rules)
	slices.SortStableFunc(out, func(a, b config.HTTPRoute) int {
		x, y := specificity(a), specificity(b)
		return slices.Compare(y[:], x[:])
	})
	return out
}

func specificity(r config.HTTPRoute) (out [6]int) {
	if len(r.Match) == 0 {
		return out
	}
	m := r.Match[0] // a rule has one match here
	out[0] = 1
	switch x := m.GetUri().GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		out[1], out[2] = 3, len(x.Exact)
	case *networking.StringMatch_Prefix:
		out[1], out[2] = 2, len(x.Prefix)
	case *networking.StringMatch_Regex:
		out[1], out[2] = 1, len(x.Regex)
	}
	if m.Method != nil {
		out[3] = 1
	}
	out[4], out[5] = len(m.Headers), len(m.QueryParams)
	return out
}
