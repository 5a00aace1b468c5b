package upstream

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// IdentityOf is the SPIFFE identity that the party's proxy has.
func IdentityOf(s *mesh.Snapshot, f flow.Flow) string {
	return mesh.Identity(s.Config.TrustDomain(), f.Pod.Namespace, mesh.ServiceAccountOf(f.Pod))
}

// identities are the server identities that a client takes for a service: those of its endpoints and those that the object names, each
// in every trust domain that is an alias (addServiceAccounts). None: any.
func identities(s *mesh.Snapshot, c *flow.Cluster) []string {
	seen := map[string]bool{}
	var out []string
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	behind := func(p mesh.Port) {
		eps, _ := s.Endpoints(c.Host, p)
		for i := range eps {
			add(eps[i].Identity)
		}
	}
	behind(c.Port)
	for _, p := range c.Host.Ports {
		if p.Number != c.Port.Number {
			behind(p)
		}
	}
	for _, id := range c.Host.Accounts {
		add(id)
	}
	for _, id := range out {
		if rest, ok := strings.CutPrefix(id, "spiffe://"+s.Config.TrustDomain()+"/"); ok {
			for _, alias := range s.Config.TrustDomains[1:] {
				add("spiffe://" + alias + "/" + rest)
			}
		}
	}
	return out
}
