package routing

import (
	"net/netip"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

type partialKey struct{}

// Partial lists the namespaces whose clients may know something of other namespaces that clients elsewhere do not know, or the other way
// round: by what is exported to some only, by a match on the client's namespace, by hosts that several namespaces have, or by rules of
// their own for hosts that are not theirs. Clients of all other namespaces that have the same Sidecar have the same outlook on hosts
// outside of their own namespaces. All is set where no namespace can be told apart from the others.
func Partial(s *mesh.Snapshot) (in map[string]bool, all bool) {
	p := mesh.Derive(s, partialKey{}, func() *partial {
		p := &partial{in: map[string]bool{}}
		p.hosts(s)
		p.routes(s)
		p.rules(s)
		return p
	})
	return p.in, p.all
}

type partial struct {
	in  map[string]bool
	all bool
}

func (p *partial) hosts(s *mesh.Snapshot) {
	hosts, _ := s.Hosts()
	named := map[string]mesh.Ref{}
	for _, h := range hosts {
		if !isPublic(s, h) || ResolvedAtHome(h) {
			p.all = true
		}
		if other, again := named[h.Name]; again && other != h.Ref {
			p.all = true
		}
		named[h.Name] = h.Ref
		if h.Headless() || h.Resolution == mesh.Alias {
			p.in[h.Namespace] = true // its short names are wildcards at home, or server names
		}
	}
}

func (p *partial) routes(s *mesh.Snapshot) {
	for _, v := range VirtualServices(s) {
		if !v.ExportTo.Has("*") {
			p.all = true
		}
		if v.GatewayAPI {
			p.in[v.Namespace] = true
		}
		for m := range v.Matches() {
			if ns := m.GetSourceNamespace(); ns != "" {
				p.in[ns] = true
			}
		}
	}
}

func (p *partial) rules(s *mesh.Snapshot) {
	p.in[s.Config.RootNamespace] = true
	if slices.Contains(s.Config.Proto.GetDefaultDestinationRuleExportTo(), ".") {
		p.all = true
	}
	for _, d := range precedence.DestinationRules(s) {
		if !p.everybody(&d.Spec) {
			p.in[d.Namespace] = true
			p.all = p.all || len(d.Spec.ExportTo) > 0 && !slices.Equal(d.Spec.ExportTo, []string{"."})
		}
		host := mesh.ResolveHost(d.Spec.Host, d.Namespace)
		if mesh.IsWild(host) || !strings.HasSuffix(host, "."+d.Namespace+".svc."+mesh.DomainSuffix) {
			p.in[d.Namespace] = true
		}
	}
}

// everybody tells a rule that clients of all namespaces use alike.
func (p *partial) everybody(r *networking.DestinationRule) bool {
	return r.WorkloadSelector == nil && (len(r.ExportTo) == 0 || slices.Equal(r.ExportTo, []string{"*"}))
}

// ResolvedAtHome tells a host with an endpoint whose name means something else in each namespace.
func ResolvedAtHome(h *mesh.Host) bool {
	if h.Entry == nil {
		return false
	}
	if !strings.Contains(h.Name, ".") {
		return true
	}
	for _, e := range h.Entry.Spec.Endpoints {
		if _, err := netip.ParseAddr(e.Address); err != nil && !strings.Contains(e.Address, ".") {
			return true
		}
	}
	return false
}
