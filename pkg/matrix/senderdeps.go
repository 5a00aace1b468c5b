package matrix

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/nacked"
	"github.com/mesh-why/mesh-why/pkg/resolve/policy"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// SenderDeps are all that a walk asked of its sender behind the sender's own proxy. Another sender whose proxy sends the same way, and who
// answers all of it the same, gets the same.
type SenderDeps struct {
	Address bool         // addresses were compared
	Node    bool         // it mattered on which node the sender is
	Gateway bool         // a gateway is on the way, which tells the sender's address in a header
	Dialled []netip.Addr // of pods perhaps, and so of the sender perhaps
	Served  []Served     // whose endpoints were looked at

	comparisons []comparison
}

// Served is a port of a host.
type Served struct {
	Host *mesh.Host
	Port mesh.Port
}

// senderDepsOf goes through a walk.
func senderDepsOf(n *flow.Node, from sender) *SenderDeps {
	a := &SenderDeps{}
	collect(n, from, a)
	return a
}

func collect(n *flow.Node, from sender, a *SenderDeps) {
	switch n.Role {
	case flow.Caller, flow.ClientSidecar:
		a.place(n.Flow)
		a.place(n.Left)
	case flow.Ztunnel:
		a.address(n.Left)
	case flow.IngressGateway, flow.EgressGateway, flow.Waypoint:
		a.Gateway = true
		for _, f := range []flow.Flow{n.Flow, n.Left} {
			if c := f.Cluster; c != nil {
				a.look(Served{c.Host, c.Port}) // the sender may be behind it, by its own name
			}
		}
	}
	for i := range n.Results {
		for _, c := range comparisonsOf(n.Results[i].Senders, from) {
			a.comparisons = append(a.comparisons, c)
			a.Address = a.Address || c.rule.Sender&rbac.Address != 0
		}
	}
	for _, fork := range n.Split {
		collect(fork.Node, from, a)
	}
	if n.Down != nil {
		collect(n.Down, from, a)
	}
}

// place notes where the sender's side looked for endpoints.
func (a *SenderDeps) place(f flow.Flow) {
	if f.Dial.IP.IsValid() && !slices.Contains(a.Dialled, f.Dial.IP) {
		a.Dialled = append(a.Dialled, f.Dial.IP)
	}
	if h := f.Dial.Host; h != nil {
		if p, ok := h.Port(f.Dial.Port); ok {
			a.serve(Served{h, p})
		}
	}
	if c := f.Cluster; c != nil {
		a.serve(Served{c.Host, c.Port})
		// A name that the proxy resolves may lead to any Service.
		a.Node = a.Node || c.Host.Resolution == mesh.DNS || c.Host.Resolution == mesh.DNSRoundRobin
	}
}

// address notes what the sender's ztunnel took the address for.
func (a *SenderDeps) address(f flow.Flow) {
	if h := f.Addressee.Host; f.In == flow.ToClientZtunnel && h != nil {
		if p, ok := h.Port(f.Dial.Port); ok {
			a.serve(Served{h, p})
		}
	}
}

func (a *SenderDeps) serve(x Served) {
	a.look(x)
	a.Node = a.Node || x.Host.NodeLocal
}

func (a *SenderDeps) look(x Served) {
	if !slices.Contains(a.Served, x) {
		a.Served = append(a.Served, x)
	}
}

// Compares reports whether anything of the sender was compared.
func (a *SenderDeps) Compares() bool { return len(a.comparisons) > 0 }

// Answers appends to buf what a sender answers to all comparisons.
func (a *SenderDeps) Answers(buf []byte, x sender) []byte {
	for i := range a.comparisons {
		c := &a.comparisons[i]
		buf = append(buf, byte('1'+c.of(x).Compare(evidence.Unknown)))
		if c.blame {
			buf = c.addresses(buf, x)
		}
	}
	return buf
}

// ComparesAddresses reports whether anything in the mesh compares the address of a client, or the header in which gateways hand it on.
func ComparesAddresses(s *mesh.Snapshot) bool {
	type key struct{}
	return mesh.Derive(s, key{}, func() bool {
		policies, _ := s.AuthorizationPolicies.All()
		for _, p := range policies {
			for _, r := range policy.Compile(s, p).Rules {
				if r.Sender&rbac.Address != 0 || slices.ContainsFunc(r.When, func(c rbac.Condition) bool { return forwards(c.Key) }) {
					return true
				}
			}
		}
		return slices.ContainsFunc(routing.VirtualServices(s), routesByForwarded)
	})
}

// routesByForwarded reports whether a route's match looks at a header in which gateways hand the address on.
func routesByForwarded(v *config.VirtualService) bool {
	for _, r := range v.HTTP {
		for _, m := range r.Match {
			for _, headers := range []map[string]*networking.StringMatch{m.Headers, m.WithoutHeaders} {
				if slices.ContainsFunc(slices.Collect(maps.Keys(headers)), forwards) {
					return true
				}
			}
		}
	}
	return false
}

// forwards reports whether a header, or a condition on one, carries the client's address on.
func forwards(name string) bool { return strings.Contains(strings.ToLower(name), "x-forwarded-for") }

// DestinationsCompared reports whether a policy compares the address of the server.
func DestinationsCompared(s *mesh.Snapshot) bool { return upstream.ComparesAddresses(s) }

// RoutesRefused reports whether some VirtualService has a route that Envoy refuses, which costs it the whole table.
func RoutesRefused(s *mesh.Snapshot) bool {
	type key struct{}
	return mesh.Derive(s, key{}, func() bool {
		for _, v := range routing.VirtualServices(s) {
			for _, h := range v.HTTP {
				x := config.Route{VS: v, HTTP: h, Ref: h.Ref}
				if _, bad := nacked.Refuses(&x); bad {
					return true
				}
				for _, m := range h.Match {
					x.Match = m
					if _, bad := nacked.Refuses(&x); bad {
						return true
					}
				}
			}
		}
		return false
	})
}
