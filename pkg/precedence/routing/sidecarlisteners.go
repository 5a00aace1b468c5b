package routing

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// Listeners are a sidecar's outbound listeners by address and port.
type Listeners map[listenerKey]*Listener

type listenerKey struct {
	bind string
	port int
}

// Find returns the listener for a dialled address: one for the address itself before one for all addresses. It is nil where the
// connection reaches none. An address that is not known (the zero Addr) is no cluster address, so only the latter can be.
func (l Listeners) Find(ip netip.Addr, port int) *Listener {
	if ip.IsValid() {
		if x := l[listenerKey{ip.String(), port}]; x != nil {
			return x
		}
	}
	return l[listenerKey{anyAddress, port}]
}

type listenersKey struct {
	scope  *Scope
	labels string
}

// OutboundListeners builds a sidecar's listeners (pilot/pkg/networking/core/listener.go, buildSidecarOutboundListeners). Those for the
// pod's own address, which a headless Service of its own would have, are never met and not left out.
func (c *Scope) OutboundListeners(s *mesh.Snapshot, client precedence.Client) Listeners {
	key := listenersKey{scope: c}
	for _, l := range c.Listeners {
		if l.labels.l4 {
			key.labels = precedence.LabelsKey(client.Labels)
		}
	}
	return mesh.Derive(s, key, func() Listeners {
		b := &listenerBuilder{s: s, scope: c, proxy: config.Proxy{Client: client, Gateways: []string{config.MeshGateway}}, out: Listeners{}}
		for _, l := range c.Listeners {
			b.egress(l)
		}
		return b.out
	})
}

func (l *EgressListener) l4Labels() bool {
	return slices.ContainsFunc(l.VirtualServices, func(v *config.VirtualService) bool { return config.LooksAtLabels(v.L4Matches()) })
}

type listenerBuilder struct {
	s     *mesh.Snapshot
	scope *Scope
	proxy config.Proxy
	out   Listeners
}

func (b *listenerBuilder) egress(l *EgressListener) {
	if l.NoCapture || strings.HasPrefix(l.Bind, "unix://") {
		return // the application would have to dial it itself; redirected traffic never meets it
	}
	if l.Port != nil {
		port := mesh.Port{Name: l.Port.Name, Number: int(l.Port.Number), Protocol: mesh.ParseProtocol(l.Port.Protocol)}
		for _, h := range l.Hosts {
			b.add(l, h, port, l.Bind, nil)
		}
		return
	}
	for _, x := range b.out {
		x.locked = true // ports that an entry claims for itself get nothing from the one for all ports
	}
	for _, h := range l.Hosts {
		for _, p := range h.Ports {
			class := p.Protocol.Class()
			if l.Bind == "" && h.Resolution == mesh.Passthrough && len(h.Addresses) == 0 && (class == mesh.ClassTCP || class == mesh.ClassAuto) && b.perEndpoint(l, h, p) {
				continue
			}
			b.add(l, h, p, l.Bind, nil)
		}
	}
}

// perEndpoint makes a listener for each endpoint of a headless host; it is false where the host is to be handled like any other.
func (b *listenerBuilder) perEndpoint(l *EgressListener, h *mesh.Host, p mesh.Port) bool {
	eps, _ := b.s.Endpoints(h, p)
	if !h.Kube && len(eps) == 0 && h.Selector == nil {
		return false
	}
	for _, e := range eps {
		if _, err := netip.ParseAddr(e.Address); err == nil {
			b.add(l, h, p, e.Address, nil)
		}
	}
	return true
}

func (b *listenerBuilder) add(l *EgressListener, h *mesh.Host, p mesh.Port, bind string, cidrs []netip.Prefix) {
	class := p.Protocol.Class()
	if h.Resolution == mesh.Alias || class == mesh.ClassNone {
		return
	}
	if bind == "" {
		bind = anyAddress
		if class != mesh.ClassHTTP && len(h.Addresses) > 0 {
			if strings.Contains(h.Addresses[0], "/") {
				for _, a := range h.Addresses {
					if prefix, err := netip.ParsePrefix(a); err == nil {
						cidrs = append(cidrs, prefix)
					}
				}
			} else {
				bind = h.Addresses[0]
			}
		}
	}
	n := &Listener{Bind: bind, Port: p.Number, Hosts: []mesh.Ref{h.Ref}, protocol: p.Protocol}
	switch class {
	case mesh.ClassHTTP:
		n.HTTP, n.Detects = true, bind == anyAddress
	case mesh.ClassAuto:
		n.HTTP, n.Detects = true, true
		if bind != anyAddress {
			n.Only = h
		}
	}
	if class != mesh.ClassHTTP {
		n.Chains = b.chains(l, h, p, bind, cidrs)
	}
	key := listenerKey{bind, p.Number}
	old := b.out[key]
	switch {
	case old == nil:
		b.out[key] = n
	case !old.locked:
		old.conflict(n)
	}
}
