package envoyfilter

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Table is a route configuration as matches know it.
type Table struct {
	Context Context
	Name    string // 8000 or FQDN:8000 outbound, inbound|8080|| inbound, http.8080 or https.443.NAME.GATEWAY.NAMESPACE at a gateway
	Port    int    // in the name: outbound the listener's, inbound the pod's; 0 for a name that is no number
	// Of a gateway: the ports of its servers, and for a server that terminates TLS its name and Gateway as namespace/name.
	ServerPorts []int
	PortName    string
	Gateway     string
}

// Host is a virtual host.
type Host struct {
	Name    string // FQDN:PORT outbound, inbound|http|PORT inbound, HOST:PORT at a gateway; ports are the Service's or the server's
	Domains []string
}

// Route is a route that istiod writes, as matches know it.
type Route struct {
	Name   string // of the VirtualService's route, or default
	Action networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_Action
}

// onTable reports whether a patch matches a route configuration (routeConfigurationMatch).
func (p *Patch) onTable(t Table) bool {
	m := p.match.GetRouteConfiguration()
	if !p.In(t.Context) || m.GetName() != "" && m.GetName() != t.Name {
		return false
	}
	if t.Context != Gateway {
		return m.GetPortNumber() == 0 || int(m.GetPortNumber()) == t.Port
	}
	return (m.GetPortName() == "" || m.GetPortName() == t.PortName) && (m.GetGateway() == "" || m.GetGateway() == t.Gateway) &&
		(m.GetPortNumber() == 0 || slices.Contains(t.ServerPorts, int(m.GetPortNumber())))
}

// onHost reports whether a patch matches a virtual host (virtualHostMatch).
func (p *Patch) onHost(h Host) bool {
	m := p.match.GetRouteConfiguration().GetVhost()
	return (m.GetName() == "" || m.GetName() == h.Name) && (m.GetDomainName() == "" || slices.Contains(h.Domains, m.GetDomainName()))
}

// onRoute reports whether a patch matches a route (routeMatch).
func (p *Patch) onRoute(r Route) bool {
	m := p.match.GetRouteConfiguration().GetVhost().GetRoute()
	return (m.GetName() == "" || m.GetName() == r.Name) &&
		(m.GetAction() == networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_ANY || m.GetAction() == r.Action)
}

// Merged is what patches merge into something, and which ones do.
type Merged struct {
	Set message.Message
	By  []*Patch
	// Replaced are the lists of which nothing is left that istiod wrote (MERGE_AND_REPLACE_LIST).
	Replaced []string
}

func (m *Merged) add(p *Patch) {
	m.Set, m.By = p.into(m.Set), append(m.By, p)
	if p.Op != networking.EnvoyFilter_Patch_MERGE_AND_REPLACE_LIST {
		return
	}
	for _, field := range p.Value.Fields() {
		if _, is := p.Value.Get(field).([]any); is {
			m.Replaced = append(m.Replaced, field)
		}
	}
}

// Sure reports whether all of the patches apply to this proxy.
func (m Merged) Sure() evidence.Tri {
	is := evidence.True
	for _, p := range m.By {
		is = evidence.And(is, p.Sure)
	}
	return is
}

// Table returns what is merged into a route configuration. Other operations do nothing there.
func (ps Patches) Table(t Table) Merged {
	var out Merged
	for _, p := range ps.All(networking.EnvoyFilter_ROUTE_CONFIGURATION) {
		if p.merges() && p.onTable(t) {
			out.add(p)
		}
	}
	return out
}

// Added is something that a patch adds.
type Added struct {
	Value message.Message
	By    *Patch
}

// Hosts returns the virtual hosts that patches add to a route configuration.
func (ps Patches) Hosts(t Table) []Added {
	var out []Added
	for _, p := range ps.All(networking.EnvoyFilter_VIRTUAL_HOST) {
		if p.Op == networking.EnvoyFilter_Patch_ADD && p.onTable(t) {
			out = append(out, Added{p.Value, p})
		}
	}
	return out
}

// Hosted is what patches make of a virtual host that istiod writes.
type Hosted struct {
	Removed     *Patch
	Replacement *Patch // its value is the virtual host
	Merged
}

// Host applies the patches of virtual hosts.
func (ps Patches) Host(t Table, h Host) Hosted {
	var out Hosted
	for _, p := range ps.All(networking.EnvoyFilter_VIRTUAL_HOST) {
		switch {
		case !p.onTable(t) || !p.onHost(h):
		case p.Op == networking.EnvoyFilter_Patch_REMOVE:
			out.Removed = p
			return out
		case p.Op == networking.EnvoyFilter_Patch_REPLACE:
			out.Replacement, out.Merged = p, Merged{}
			h = Host{Name: p.Value.Text("name"), Domains: p.Value.Texts("domains")}
		case p.merges():
			out.add(p)
			h.Domains = append(slices.Clone(h.Domains), p.Value.Texts("domains")...)
		}
	}
	return out
}

// Entry is a route of a virtual host behind all patches: one that istiod writes, with what is merged into it, or one that a patch puts
// there.
type Entry struct {
	Index int // among those that istiod writes; -1 for one of a patch
	Value message.Message
	By    *Patch // of a patch's route
	Merged
}

// Routes applies the patches of routes to those of a virtual host. MERGE and REMOVE come first, so that no MERGE reaches a route that a
// patch puts there. It also returns the patches that took routes away.
func (ps Patches) Routes(t Table, h Host, own []Route) (list []Entry, removed []*Patch) {
	var at []Route // of the entries; those of a patch have their own names
	for i, r := range own {
		e := Entry{Index: i}
		gone := false
		for _, p := range ps.All(networking.EnvoyFilter_HTTP_ROUTE) {
			if gone || !p.onTable(t) || !p.onHost(h) || !p.onRoute(r) {
				continue
			}
			switch {
			case p.Op == networking.EnvoyFilter_Patch_REMOVE:
				removed, gone = append(removed, p), true
			case p.merges():
				e.add(p)
				r = r.after(p.Value)
			}
		}
		if !gone {
			list, at = append(list, e), append(at, r)
		}
	}
	for _, p := range ps.All(networking.EnvoyFilter_HTTP_ROUTE) {
		if p.onTable(t) && p.onHost(h) {
			list, at = p.insertRoute(list, at)
		}
	}
	return list, removed
}

// insertRoute puts a patch's route into a list, where the operation puts one in and its anchor is there.
func (p *Patch) insertRoute(list []Entry, at []Route) ([]Entry, []Route) {
	named := p.match.GetRouteConfiguration().GetVhost().GetRoute() != nil
	i := slices.IndexFunc(at, p.onRoute)
	switch p.Op {
	case networking.EnvoyFilter_Patch_ADD:
		i = len(list)
	case networking.EnvoyFilter_Patch_INSERT_FIRST:
		if named && i < 0 {
			return list, at
		}
		i = 0
	case networking.EnvoyFilter_Patch_INSERT_BEFORE:
		if !named {
			i = 0
		}
	case networking.EnvoyFilter_Patch_INSERT_AFTER:
		if !named {
			i = len(list)
		} else if i >= 0 {
			i++
		}
	default:
		return list, at
	}
	if i < 0 {
		return list, at
	}
	r := Route{Name: p.Value.Text("name")}.after(p.Value)
	return slices.Insert(list, i, Entry{Index: -1, Value: p.Value, By: p}), slices.Insert(at, i, r)
}

// after is the route as matches know it behind a merge.
func (r Route) after(v message.Message) Route {
	switch {
	case v.Text("name") != "":
		r.Name = v.Text("name")
	}
	switch {
	case v.Has("direct_response"):
		r.Action = networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_DIRECT_RESPONSE
	case v.Has("redirect"):
		r.Action = networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_REDIRECT
	case v.Has("route"):
		r.Action = networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_ROUTE
	}
	return r
}

// Routing reports whether any patch is for routes, virtual hosts or their tables.
func (ps Patches) Routing() bool {
	for _, to := range []networking.EnvoyFilter_ApplyTo{networking.EnvoyFilter_ROUTE_CONFIGURATION, networking.EnvoyFilter_VIRTUAL_HOST, networking.EnvoyFilter_HTTP_ROUTE} {
		if len(ps.All(to)) > 0 {
			return true
		}
	}
	return false
}
