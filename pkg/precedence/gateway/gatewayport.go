package gateway

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

// Port is what a gateway's pod takes at one of its ports.
type Port struct {
	Port    int
	Chains  []Chain
	HandsOn bool       // a server of it hands bytes on, where a route asks for that
	Clashes []mesh.Ref // servers whose chains cannot be told apart: the proxy refuses the whole listener
}

// Chain is a filter chain of a gateway.
type Chain struct {
	Servers []*config.GatewayServer // several where plaintext HTTP servers share their routes
	SNI     []string                // server names that it is for; none: all, plaintext too
	Secure  bool                    // takes the client's TLS off
	HTTP    bool                    // routes HTTP; else it hands the bytes on
	To      []routing.L4Route
	From    mesh.Ref // the route that hands on

	// MeshALPN: the chain is for TLS with one of the ALPN names that proxies use for mutual TLS among themselves, and for no other.
	MeshALPN bool
}

// Server is the first of the chain's servers.
func (c *Chain) Server() *config.GatewayServer { return c.Servers[0] }

// Match finds the chain for a server name; an empty one stands for plaintext, or TLS without a name.
func (p *Port) Match(sni string) *Chain {
	chains := make([]routing.Chain, len(p.Chains))
	for i, c := range p.Chains {
		chains[i].SNI = c.SNI
	}
	found := routing.MatchSNI(chains, sni)
	for i := range chains {
		if found == &chains[i] {
			return &p.Chains[i]
		}
	}
	return nil
}

// serverKey tells listeners apart before they are put together by port.
type serverKey struct {
	port     int
	protocol mesh.Protocol
}

// gatewayMerge puts the servers of all Gateways together as istiod does: the first comer on a port decides what else it can take
// (pilot/pkg/model/gateway.go, mergeGateways).
type gatewayMerge struct {
	view   *View
	seen   map[int]bool
	tls    map[int]bool                  // the first server of a port takes TLS
	plain  map[int]*config.GatewayServer // first plaintext server of a port
	hosts  map[int]map[string]string     // hosts of servers with tls on a port -> bind
	names  map[string]bool               // of HTTPS servers' route tables
	groups map[serverKey][]*config.GatewayServer
	order  []serverKey
}

func newGatewayMerge(v *View) *gatewayMerge {
	return &gatewayMerge{view: v, seen: map[int]bool{}, tls: map[int]bool{}, plain: map[int]*config.GatewayServer{}, hosts: map[int]map[string]string{},
		names: map[string]bool{}, groups: map[serverKey][]*config.GatewayServer{}}
}

func (m *gatewayMerge) lose(x *config.GatewayServer, why precedence.LossReason, by ...mesh.Ref) {
	m.view.Considered = append(m.view.Considered, precedence.Loses(x.Ref, why, by...))
}

// retract takes back that a server wins.
func (m *gatewayMerge) retract(x *config.GatewayServer) {
	won := precedence.Wins(x.Ref)
	if i := slices.Index(m.view.Considered, won); i >= 0 {
		m.view.Considered = slices.Delete(m.view.Considered, i, i+1)
	}
}

func (m *gatewayMerge) add(s *mesh.Snapshot, pod *corev1.Pod, x *config.GatewayServer) {
	if !bindsTo(pod, x.Bind) {
		m.lose(x, precedence.OtherAddress)
		return
	}
	if x.Server.Tls != nil && !m.claimHosts(x) {
		m.lose(x, precedence.HostConflict)
		return
	}
	first := !m.seen[x.Port]
	m.seen[x.Port] = true
	if first {
		m.tls[x.Port] = x.Secure()
	}
	x.Unrouted = m.tls[x.Port] && !x.Secure() && !s.Version.Istiod.Has(release.PlaintextAfterTLS)
	plain := m.plain[x.Port]
	key := serverKey{x.Port, x.Protocol()}
	switch {
	case !first && plain != nil:
		if !(plain.HTTP() && (x.HTTP() || x.Protocol() == plain.Protocol())) {
			m.lose(x, precedence.PortConflict, plain.Ref)
			return
		}
		key = serverKey{plain.Port, plain.Protocol()} // they share one route table
	case !x.Secure():
		m.plain[x.Port] = x
	case !first && x.Protocol() == mesh.HTTPS && !x.Passthrough():
		name := x.Gateway + "/" + x.Server.Port.Name + "/" + x.Server.Port.Protocol
		if m.names[name] {
			m.lose(x, precedence.PortConflict)
			return
		}
		m.names[name] = true
	}
	if first && x.Protocol() == mesh.HTTPS && !x.Passthrough() {
		m.names[x.Gateway+"/"+x.Server.Port.Name+"/"+x.Server.Port.Protocol] = true
	}
	if _, again := m.groups[key]; !again {
		m.order = append(m.order, key)
	}
	m.groups[key] = append(m.groups[key], x)
	m.view.Considered = append(m.view.Considered, precedence.Wins(x.Ref))
}

// claimHosts takes a server's hosts on its port, or none of them where an earlier server with tls has one. They are compared as they
// are written, with the namespace.
func (m *gatewayMerge) claimHosts(x *config.GatewayServer) bool {
	known := m.hosts[x.Port]
	if known == nil {
		known = map[string]string{}
		m.hosts[x.Port] = known
	}
	for _, h := range x.Hosts {
		if bind, taken := known[h]; taken && bind == x.Bind {
			return false
		}
	}
	for _, h := range x.Hosts {
		known[h] = x.Bind
	}
	return true
}

// bindsTo: a server may listen on one address only; that of the pod is the one that clients come by.
func bindsTo(pod *corev1.Pod, bind string) bool {
	ip, err := netip.ParseAddr(bind)
	return bind == "" || err == nil && (ip.IsUnspecified() || slices.Contains(mesh.Addresses(pod), ip))
}

// finish builds the filter chains. A pod without privileges does not open ports below 1024; a port without any chain is not opened.
func (m *gatewayMerge) finish(s *mesh.Snapshot, pod *corev1.Pod) {
	ports := map[int]*Port{}
	taken := map[int]map[string]bool{} // server names of routes that hand TLS on
	for _, key := range m.order {
		servers := m.groups[key]
		if key.port < 1024 && unprivileged(pod) {
			for _, x := range servers {
				m.retract(x)
				m.lose(x, precedence.PortNotServed)
			}
			continue
		}
		p := ports[key.port]
		if p == nil {
			p = &Port{Port: key.port}
			ports[key.port] = p
		}
		if taken[key.port] == nil {
			taken[key.port] = map[string]bool{}
		}
		if key.protocol.Class() == mesh.ClassHTTP {
			p.Chains = append(p.Chains, Chain{Servers: servers, HTTP: true})
		} else {
			for _, x := range servers {
				p.Chains = append(p.Chains, chains(x, s, pod, taken[key.port])...)
				p.HandsOn = p.HandsOn || !terminatesHTTPS(x)
			}
		}
		if len(p.Chains) > 0 {
			m.view.Ports[key.port] = p
		}
	}
	for _, p := range m.view.Ports {
		p.Clashes = p.clashes()
	}
}

func unprivileged(pod *corev1.Pod) bool {
	for _, c := range pod.Spec.Containers {
		for _, e := range c.Env {
			if e.Name == "ISTIO_META_UNPRIVILEGED_POD" && e.Value == "true" {
				return true
			}
		}
	}
	return false
}

// clashes finds chains with the same condition.
func (p *Port) clashes() []mesh.Ref {
	var out []mesh.Ref
	owner := map[string]*config.GatewayServer{}
	for i := range p.Chains {
		names := p.Chains[i].SNI
		if len(names) == 0 {
			names = []string{"*"}
		}
		for _, n := range names {
			n = strings.ToLower(n)
			if o := owner[n]; o != nil && o != p.Chains[i].Server() {
				out = append(out, o.Ref, p.Chains[i].Server().Ref)
			}
			owner[n] = p.Chains[i].Server()
		}
	}
	return out
}

// Serves reports whether some server of the port has a host, whatever VirtualServices are bound to it.
func (p *Port) Serves(host string) bool {
	for _, c := range p.Chains {
		for _, x := range c.Servers {
			if slices.ContainsFunc(x.Hosts, func(h string) bool { return mesh.HostsOverlap(hostOf(h), host) }) {
				return true
			}
		}
	}
	return false
}
