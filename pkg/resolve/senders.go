package resolve

import (
	"net/netip"
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Asked is all that a walk asked of its sender behind the sender's own proxy. Another sender whose proxy sends the same way, and who
// answers all of it the same, gets the same.
type Asked struct {
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

// Asked goes through a walk.
func (n *Node) Asked(from Sender) *Asked {
	a := &Asked{}
	n.asked(from, a)
	return a
}

func (n *Node) asked(from Sender, a *Asked) {
	switch n.Role {
	case Caller, ClientSidecar:
		a.place(n.Flow)
		a.place(n.Left)
	case IngressGateway, EgressGateway, Waypoint:
		a.Gateway = true
		for _, f := range []Flow{n.Flow, n.Left} {
			if c := f.Cluster; c != nil {
				a.look(Served{c.Host, c.Port}) // the sender may be behind it, by its own name
			}
		}
	}
	for i := range n.Results {
		if n.Results[i].asked == nil {
			continue
		}
		for _, c := range n.Results[i].asked.compare(from) {
			a.comparisons = append(a.comparisons, c)
			a.Address = a.Address || c.rule.sender&senderAddress != 0
		}
	}
	for _, fork := range n.Split {
		fork.Node.asked(from, a)
	}
	if n.Down != nil {
		n.Down.asked(from, a)
	}
}

// place notes where the sender's side looked for endpoints.
func (a *Asked) place(f Flow) {
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

func (a *Asked) serve(x Served) {
	a.look(x)
	a.Node = a.Node || x.Host.NodeLocal
}

func (a *Asked) look(x Served) {
	if !slices.Contains(a.Served, x) {
		a.Served = append(a.Served, x)
	}
}

// Compares tells whether anything of the sender was compared.
func (a *Asked) Compares() bool { return len(a.comparisons) > 0 }

// Answers appends to buf what a sender answers to all comparisons.
func (a *Asked) Answers(buf []byte, x Sender) []byte {
	for i := range a.comparisons {
		c := &a.comparisons[i]
		buf = append(buf, byte('0'+c.of(x)))
		if c.blame {
			buf = append(buf, c.blamed(x)...)
		}
	}
	return buf
}

// blamed tells of a rule's conditions on addresses one by one.
func (c *comparison) blamed(x Sender) []byte {
	s := c.as(x)
	var out []byte
	each := func(list []clause) {
		for i := range list {
			if list[i].sender() == senderAddress && list[i].counts(c.tcp) {
				_, is := list[i].holds(s)
				out = append(out, byte('0'+is))
			}
		}
	}
	for _, e := range c.rule.from {
		each(e.clauses)
	}
	each(c.rule.when)
	return out
}

// ComparesAddresses tells whether anything in the mesh compares the address of a client, or the header in which gateways hand it on.
func ComparesAddresses(s *mesh.Snapshot) bool {
	type key struct{}
	return mesh.Derive(s, key{}, func() bool {
		policies, _ := s.AuthorizationPolicies.All()
		for _, p := range policies {
			for _, r := range compile(s, p).rules {
				if r.sender&senderAddress != 0 || slices.ContainsFunc(r.when, func(c clause) bool { return forwards(c.Key) }) {
					return true
				}
			}
		}
		for _, v := range precedence.VirtualServices(s) {
			for _, r := range v.HTTP {
				for _, m := range r.Match {
					for name := range m.Headers {
						if forwards(name) {
							return true
						}
					}
					for name := range m.WithoutHeaders {
						if forwards(name) {
							return true
						}
					}
				}
			}
		}
		return false
	})
}

// DestinationsCompared tells whether a policy compares the address of the server.
func DestinationsCompared(s *mesh.Snapshot) bool { return comparesAddresses(s) }

// RoutesRefused tells whether some VirtualService has a route that Envoy refuses, which costs it the whole table.
func RoutesRefused(s *mesh.Snapshot) bool {
	type key struct{}
	return mesh.Derive(s, key{}, func() bool {
		for _, v := range precedence.VirtualServices(s) {
			for _, h := range v.HTTP {
				x := precedence.Route{VS: v, HTTP: h, Ref: h.Ref}
				if _, bad := poisonous(&x); bad {
					return true
				}
				for _, m := range h.Match {
					x.Match = m
					if _, bad := poisonous(&x); bad {
						return true
					}
				}
			}
		}
		return false
	})
}
