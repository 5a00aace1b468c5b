package envoyfilter

import (
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
)

// Miss is a patch that matches nothing for one field of its match: it has a port or a name there that is not the one which the proxy's
// configuration goes by.
type Miss struct {
	By    *Patch
	Field string // match.listener.portNumber
	Is    string // what the patch has there
	Has   string // what the proxy has
}

// ListenerMisses returns the patches of a listener, and of what stands in it, that have one of other ports in place of the one that its
// chain goes by: a Service's for the pod's, or the other way round. A listener that all connections are redirected to has a port of its own,
// by which the patches of the listener itself find it.
func (ps Patches) ListenerMisses(l Listener, port int, others []int) []Miss {
	var out []Miss
	for _, to := range []networking.EnvoyFilter_ApplyTo{networking.EnvoyFilter_LISTENER, networking.EnvoyFilter_LISTENER_FILTER, networking.EnvoyFilter_FILTER_CHAIN,
		networking.EnvoyFilter_NETWORK_FILTER, networking.EnvoyFilter_HTTP_FILTER} {
		has, not := port, others
		if to == networking.EnvoyFilter_LISTENER && l.virtual() {
			has, not = l.Port, append([]int{port}, others...)
		}
		for _, p := range ps.All(to) {
			if n := int(p.match.GetListener().GetPortNumber()); p.match.GetContext() == l.Context && slices.Contains(not, n) {
				out = append(out, p.misses("match.listener.portNumber", strconv.Itoa(n), strconv.Itoa(has)))
			}
		}
	}
	return out
}

// TableMisses returns the patches of a table of routes, and of what stands in it, that have one of other ports, or a virtual host without
// its port.
func (ps Patches) TableMisses(t Table, h Host, others []int) []Miss {
	has := t.ServerPorts
	if len(has) == 0 {
		has = []int{t.Port}
	}
	var out []Miss
	for _, to := range []networking.EnvoyFilter_ApplyTo{networking.EnvoyFilter_ROUTE_CONFIGURATION, networking.EnvoyFilter_VIRTUAL_HOST, networking.EnvoyFilter_HTTP_ROUTE} {
		for _, p := range ps.All(to) {
			m := p.match.GetRouteConfiguration()
			if p.match.GetContext() != t.Context {
				continue
			}
			prefix, _ := cutPort(t.Name)
			switch n, name := int(m.GetPortNumber()), m.GetVhost().GetName(); {
			case slices.Contains(others, n) && !slices.Contains(has, n):
				out = append(out, p.misses("match.routeConfiguration.portNumber", strconv.Itoa(n), ports(has)))
			case m.GetName() != t.Name && isAny(m.GetName(), prefix, others):
				out = append(out, p.misses("match.routeConfiguration.name", m.GetName(), t.Name))
			case name != "" && m.GetVhost().GetDomainName() == "" && name != h.Name && mistaken(name, h.Name, others):
				out = append(out, p.misses("match.routeConfiguration.vhost.name", name, h.Name))
			}
		}
	}
	return out
}

// ClusterMisses returns the patches of a cluster that have one of other ports, or a Service by less than its whole name.
func (ps Patches) ClusterMisses(c Cluster, others []int) []Miss {
	var out []Miss
	port, _, host := c.key()
	hosts := c.Services
	if len(hosts) == 0 && host != "" {
		hosts = []string{host}
	}
	for _, p := range ps.All(networking.EnvoyFilter_CLUSTER) {
		m := p.match.GetCluster()
		if p.match.GetContext() != c.Context || m == nil || m.GetName() != "" || p.Op == networking.EnvoyFilter_Patch_ADD {
			continue
		}
		n, of := int(m.GetPortNumber()), m.GetService()
		whole := slices.IndexFunc(hosts, func(h string) bool { return strings.HasPrefix(h, of+".") })
		switch {
		case of != "" && !slices.Contains(hosts, of) && whole >= 0:
			out = append(out, p.misses("match.cluster.service", of, hosts[whole]))
		case slices.Contains(others, n) && (of == "" || slices.Contains(hosts, of)):
			out = append(out, p.misses("match.cluster.portNumber", strconv.Itoa(n), strconv.Itoa(port)))
		}
	}
	return out
}

// OtherContexts returns the patches that are for none of the contexts which a proxy has.
func (ps Patches) OtherContexts(own ...Context) []Miss {
	var names []string
	for _, c := range own {
		names = append(names, c.String())
	}
	var out []Miss
	for to := range networking.EnvoyFilter_ApplyTo_name {
		for _, p := range ps.All(networking.EnvoyFilter_ApplyTo(to)) {
			if c := p.match.GetContext(); c != networking.EnvoyFilter_ANY && !slices.Contains(own, c) {
				out = append(out, p.misses("match.context", c.String(), strings.Join(names, " and ")))
			}
		}
	}
	slices.SortFunc(out, func(a, b Miss) int { return strings.Compare(a.By.Ref.String(), b.By.Ref.String()) })
	return out
}

// NameMisses returns the patches of listeners, and of what stands in them, that name a listener which other kinds of proxies have.
func (ps Patches) NameMisses(c Context, foreign []string, has string) []Miss {
	var out []Miss
	for _, to := range []networking.EnvoyFilter_ApplyTo{networking.EnvoyFilter_LISTENER, networking.EnvoyFilter_LISTENER_FILTER, networking.EnvoyFilter_FILTER_CHAIN,
		networking.EnvoyFilter_NETWORK_FILTER, networking.EnvoyFilter_HTTP_FILTER} {
		for _, p := range ps.All(to) {
			if name := p.match.GetListener().GetName(); p.In(c) && slices.Contains(foreign, name) {
				out = append(out, p.misses("match.listener.name", name, has))
			}
		}
	}
	return out
}

func (p *Patch) misses(field, is, has string) Miss {
	return Miss{By: p, Field: field, Is: is, Has: has}
}

// cutPort takes the number off the end of the name of a table or a virtual host.
func cutPort(name string) (prefix string, port int) {
	i := strings.LastIndexFunc(name, func(r rune) bool { return r < '0' || r > '9' }) + 1
	port, _ = strconv.Atoi(name[i:])
	return name[:i], port
}

// isAny reports whether a name is a prefix with one of several numbers behind it.
func isAny(name, prefix string, numbers []int) bool {
	before, n := cutPort(name)
	return name != "" && before == prefix && slices.Contains(numbers, n)
}

// mistaken reports whether a virtual host's name is another one but for its port.
func mistaken(name, has string, others []int) bool {
	prefix, _ := cutPort(has)
	return name == strings.TrimSuffix(prefix, ":") || isAny(name, prefix, others)
}

func ports(list []int) string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, " or ")
}
