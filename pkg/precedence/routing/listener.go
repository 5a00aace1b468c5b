package routing

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const anyAddress = "0.0.0.0"

// Listener is where a sidecar takes connections that go to an address and a port.
type Listener struct {
	Bind    string // an IP address, or 0.0.0.0 for every one
	Port    int
	HTTP    bool       // has a chain that routes HTTP
	Detects bool       // tells HTTP from other bytes by looking at them
	Only    *mesh.Host // set where every HTTP request belongs to this host, whatever its authority
	Chains  []Chain    // for what is not HTTP
	Hosts   []mesh.Ref // the hosts that made it what it is, the first one first

	locked   bool // made by an egress listener with a port of its own: others add nothing
	protocol mesh.Protocol
}

// Chain is a filter chain that hands bytes on without looking into them.
type Chain struct {
	CIDRs []netip.Prefix // destinations that it is for; none: all
	SNI   []string       // server names that it is for; none: all
	To    []L4Route
	From  mesh.Ref // the route of a VirtualService, or the host
}

// L4Route is a destination of a [Chain].
type L4Route struct {
	Host, Subset string
	Port         int
	Weight       int32
}

func (l *Listener) has(r mesh.Ref) bool { return slices.Contains(l.Hosts, r) }

// Match finds the chain for a connection that is not HTTP to the listener, and its server name if it is TLS. It is nil where the
// connection falls through to what the proxy does with unknown destinations. Destination addresses are compared before server names,
// and a choice is not taken back (Envoy, filter_chain_manager_impl.cc).
func (l *Listener) Match(ip netip.Addr, sni string) *Chain {
	return MatchSNI(l.byAddress(ip), sni)
}

// TakesHTTP reports whether HTTP that goes to an address reaches the HTTP chain: not where a chain for that very address stands before.
func (l *Listener) TakesHTTP(ip netip.Addr) bool {
	if !l.HTTP {
		return false
	}
	chains := l.byAddress(ip)
	return len(chains) == 0 || len(chains[0].CIDRs) == 0
}

// byAddress returns the chains with the longest range that holds the address, else those without ranges.
func (l *Listener) byAddress(ip netip.Addr) []Chain {
	best := -1
	for _, c := range l.Chains {
		for _, p := range c.CIDRs {
			if ip.IsValid() && p.Contains(ip) {
				best = max(best, p.Bits())
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(l.Chains), func(c Chain) bool {
		if best < 0 {
			return len(c.CIDRs) > 0
		}
		return !slices.ContainsFunc(c.CIDRs, func(p netip.Prefix) bool { return p.Bits() == best && p.Contains(ip) })
	})
}

// MatchSNI finds the chain for a server name: an exact name first, then the longest wildcard, then a chain for all names.
func MatchSNI(chains []Chain, sni string) *Chain {
	sni = strings.ToLower(sni)
	var found *Chain
	length := -1
	for i := range chains {
		c := &chains[i]
		if (len(c.SNI) == 0 || slices.Contains(c.SNI, "*")) && length < 0 && found == nil {
			found = c
		}
		for _, name := range c.SNI {
			name = strings.ToLower(name)
			switch {
			case sni == "" || name == "*":
			case name == sni:
				return c
			case mesh.IsWild(name) && strings.HasSuffix(sni, name[1:]) && len(name) > length:
				found, length = c, len(name)
			}
		}
	}
	return found
}

// conflict merges a newcomer into a listener of the same address and port, or not (outboundListenerConflict and mergeTCPFilterChains
// of pilot/pkg/networking/core/listener.go).
func (l *Listener) conflict(n *Listener) {
	serverFirst := func(p mesh.Protocol) bool { return p == mesh.Mongo || p == mesh.MySQL }
	if (serverFirst(l.protocol) || serverFirst(n.protocol)) && l.protocol != n.protocol {
		return
	}
	was, is := l.protocol.Class(), n.protocol.Class()
	switch {
	case is == mesh.ClassHTTP && was != mesh.ClassTCP:
		// One HTTP listener serves all: their virtual hosts are in one table.
		if l.HTTP && !l.has(n.Hosts[0]) {
			l.Hosts = append(l.Hosts, n.Hosts...)
		}
		return
	case is == mesh.ClassAuto && was == mesh.ClassHTTP:
		hosts := l.Hosts
		*l = *n
		l.Hosts = append(l.Hosts, hosts...)
		return
	}
	for _, c := range n.Chains {
		if !slices.ContainsFunc(l.Chains, func(o Chain) bool { return sameMatch(o, c) }) {
			l.Chains = append(l.Chains, c)
			l.Hosts = append(l.Hosts, n.Hosts...)
		}
	}
	if was != is {
		l.HTTP, l.Detects, l.protocol = l.HTTP || n.HTTP, true, mesh.AutoDetect
		l.Hosts = append(l.Hosts, n.Hosts...)
	}
}

func sameMatch(a, b Chain) bool {
	names := func(s []string) []string {
		return slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(s), func(n string) bool { return n == "*" })))
	}
	ranges := func(p []netip.Prefix) []string {
		var out []string
		for _, x := range p {
			out = append(out, x.Masked().String())
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(names(a.SNI), names(b.SNI)) && slices.Equal(ranges(a.CIDRs), ranges(b.CIDRs))
}
