package routing

import (
	"net/netip"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// chains builds the chains of a TCP port: of a port declared TLS from tls[], of others from tcp[], else one to the host itself
// (pilot/pkg/networking/core/tls.go).
func (b *listenerBuilder) chains(l *EgressListener, h *mesh.Host, p mesh.Port, bind string, cidrs []netip.Prefix) []Chain {
	var vs []*config.VirtualService
	for _, v := range l.VirtualServices {
		for _, name := range v.Hosts {
			if mesh.HostsOverlap(name, h.Name) {
				vs = append(vs, v)
				break
			}
		}
	}
	var out []Chain
	ended := false
	if p.Protocol.IsTLS() {
		out = b.tlsChains(vs, p, cidrs)
		ended = len(out) > 0
	} else {
		out, ended = b.tcpChains(vs, p, cidrs)
	}
	if ended {
		return out
	}
	port := p.Number
	if len(h.Ports) == 1 {
		port = h.Ports[0].Number
	}
	c := Chain{CIDRs: cidrs, To: []L4Route{{Host: h.Name, Port: port}}, From: h.Ref}
	if p.Protocol.IsTLS() && (len(cidrs) > 0 || bind == anyAddress && len(h.Addresses) == 0 || mesh.IsWild(h.Name) && h.Resolution == mesh.DynamicDNS) {
		// Nothing but the server name tells hosts apart that share the listener for all addresses.
		c.SNI = []string{h.Name}
		for _, a := range h.Aliases {
			domains, _ := hostDomains(&mesh.Host{Name: a}, b.proxy.Namespace)
			c.SNI = append(c.SNI, domains...)
		}
	}
	return append(out, c)
}

func (b *listenerBuilder) tlsChains(vs []*config.VirtualService, p mesh.Port, cidrs []netip.Prefix) []Chain {
	var out []Chain
	seen := map[string]bool{}
	for _, v := range vs {
		for _, r := range v.TLS {
			for _, m := range r.Match {
				if len(r.Route) == 0 || !meetsL4(b.proxy, m.Gateways, m.SourceLabels, m.SourceNamespace, m.Port, p.Number) {
					continue
				}
				if len(m.DestinationSubnets) > 0 {
					cidrs = prefixes(m.DestinationSubnets)
				}
				key := strings.Join(m.SniHosts, ",") + "|" + strings.Join(m.DestinationSubnets, ",")
				if seen[key] {
					continue // the first definition of a pair counts
				}
				seen[key] = true
				out = append(out, Chain{CIDRs: cidrs, SNI: m.SniHosts, To: b.scope.L4Routes(r.Route, p.Number), From: r.Ref})
			}
		}
	}
	return out
}

func (b *listenerBuilder) tcpChains(vs []*config.VirtualService, p mesh.Port, cidrs []netip.Prefix) (out []Chain, ended bool) {
	for _, v := range vs {
		for _, r := range v.TCP {
			if len(r.Route) == 0 {
				continue
			}
			to := b.scope.L4Routes(r.Route, p.Number)
			if len(r.Match) == 0 {
				return append(out, Chain{CIDRs: cidrs, To: to, From: r.Ref}), true
			}
			var subnets []string
			for _, m := range r.Match {
				if !meetsL4(b.proxy, m.Gateways, m.SourceLabels, m.SourceNamespace, m.Port, p.Number) {
					continue
				}
				if len(m.DestinationSubnets) == 0 {
					return append(out, Chain{CIDRs: cidrs, To: to, From: r.Ref}), true
				}
				subnets = append(subnets, m.DestinationSubnets...)
			}
			if len(subnets) > 0 {
				out = append(out, Chain{CIDRs: prefixes(subnets), To: to, From: r.Ref})
			}
		}
	}
	return out, false
}

// meetsL4 decides on the static part of a tls or tcp match; unlike with HTTP all of it counts (matchTLS, matchTCP).
func meetsL4(p config.Proxy, gateways []string, labels map[string]string, namespace string, want uint32, port int) bool {
	bound := len(gateways) == 0
	for _, g := range gateways {
		for _, own := range p.Gateways {
			bound = bound || g == own
		}
	}
	return bound && mesh.Selects(labels, p.Labels) && (want == 0 || int(want) == port) && (namespace == "" || namespace == p.Namespace)
}

// L4Routes reads destinations. One without a port has the host's only port, else the one of the listener (GetDestinationCluster).
func (c *Scope) L4Routes(routes []*networking.RouteDestination, port int) []L4Route {
	var out []L4Route
	for _, r := range routes {
		to := L4Route{Host: r.GetDestination().GetHost(), Subset: r.GetDestination().GetSubset(), Port: port, Weight: r.Weight}
		if p := r.GetDestination().GetPort(); p != nil {
			to.Port = int(p.Number) // 0 too, which no cluster has
		} else if h := c.Host(to.Host); h != nil && len(h.Ports) == 1 {
			to.Port = h.Ports[0].Number
		}
		out = append(out, to)
	}
	return out
}

func prefixes(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p)
		} else if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return out
}
