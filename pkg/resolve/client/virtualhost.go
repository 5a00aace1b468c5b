package client

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// VirtualHost finds what answers for the request's authority on the client's proxy, and which VirtualService has it.
func VirtualHost(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || !f.L7 || f.Listener == nil {
		return flow.Result{}
	}
	f.Table = f.Scope.RouteTable(s, f.Client, f.Dial.Port)
	if only := f.Listener.Only; only != nil {
		// A listener of its own belongs to one host: whatever the request calls itself, it goes there.
		for _, v := range f.Table.Hosts {
			if slices.Contains(v.Domains, strings.ToLower(only.Name)) {
				f.VHost = v
			}
		}
	} else {
		f.VHost = f.Table.Lookup(asKnown(s, f.Message.Authority))
	}
	if f.VHost == nil && f.Listener.Only == nil {
		return UnknownHost(s, f)
	}
	r := flow.Pass(f)
	if f.VHost != nil {
		r.Note, r.Args = flow.NoteVirtualHost, []string{f.VHost.Name}
		if f.VHost.VS == nil {
			r.Note = flow.NoteServiceHost
		}
		if f.VHost.Host != nil {
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: f.VHost.Host.Ref, Applies: true})
			r.Resource = f.VHost.Host.Ref
		}
		if f.VHost.VS != nil {
			r.Resource = f.VHost.VS.Ref
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: f.VHost.VS.Ref, Applies: true, Why: precedence.Applies})
		}
	}
	r.Candidates = append(r.Candidates, otherVirtualServices(f, s)...)
	// Any VirtualService that nobody could read may have the host.
	_, gaps := s.VirtualServices.All()
	r.Unread(slices.Concat(gaps, route.Gaps(s))...)
	return r
}

// asKnown is the host that the proxy looks up. Before Istio 1.27 no host has a domain with a dot at its end, so that such a name meets but what takes
// all names (pilot/pkg/networking/core/httproute.go, generateVirtualHostDomains; PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN).
func asKnown(s *mesh.Snapshot, authority string) string {
	if strings.HasSuffix(config.StripPort(authority), ".") && !s.Follows(release.AbsoluteNames, "PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN") {
		return "*"
	}
	return authority
}

// UnknownHost is what becomes of a request whose host the proxy does not know: outboundTrafficPolicy ALLOW_ANY sends it on, REGISTRY_ONLY refuses
// it. The port is read as HTTP, but no virtual host has the name (pilot/pkg/networking/core/httproute.go, buildCatchAllVirtualHost).
func UnknownHost(s *mesh.Snapshot, f flow.Flow) flow.Result {
	r := flow.Routing(f)
	r.Note, r.Resource = flow.NoteHostUnknown, f.Scope.ModeFrom
	r.Args = []string{f.Message.Authority}
	r.Candidates = append([]flow.Candidate{{Ref: f.Scope.ModeFrom, Applies: true}}, hiddenHost(f, s)...)
	_, vsGaps := s.VirtualServices.All()
	r.Unread(slices.Concat(upstream.RegistryGaps(f, s), vsGaps)...)
	switch {
	case f.Scope.Mode == routing.RegistryOnly:
		o := f.Replies(502, flow.RegistryOnly, "direct_response")
		o.Args = []string{f.Message.Authority}
		o.By = blockedHost(f, s)
		if len(r.Gaps) > 0 {
			r.OrElse(o)
			r.Next = nil
			return r
		}
		e := flow.End(o)
		e.Note, e.Resource, e.Candidates, e.Args = r.Note, r.Resource, r.Candidates, r.Args
		return e
	case f.Scope.Mode == routing.DynamicDNS:
		return dynamicDNS(f, r)
	case f.Scope.Egress != nil:
		f.Route = &flow.RouteChoice{Ref: f.Scope.ModeFrom}
		f.L4 = &routing.Chain{From: f.Scope.ModeFrom, To: []routing.L4Route{{Host: f.Scope.Egress.Host, Subset: f.Scope.Egress.Subset, Port: int(f.Scope.Egress.GetPort().GetNumber())}}}
		// istiod's cache of routes does not tell Sidecars apart that differ in this field alone, so proxies can hold a stale route.
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: mesh.Sidecar, Namespace: f.Scope.Sidecar.Namespace, Cause: mesh.Rejected, Resource: f.Scope.Sidecar.At("spec.outboundTrafficPolicy.egressProxy")})
		stale := f
		stale.L4, stale.Passthrough = nil, true
		r.Next = []flow.Branch{{Flow: f}, {Flow: stale}}
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteEgressProxyStale, Resource: f.Scope.Sidecar.At("spec.outboundTrafficPolicy.egressProxy")})
		return r
	}
	r.Presumes = flow.OutboundDefault(f, s)
	f.Passthrough = true
	f.Wire.Chosen, f.Wire.Why = mesh.Ref{}, flow.NotePassedThrough
	for _, c := range hiddenHost(f, s) {
		f.Wire.Chosen = c.Ref
		break
	}
	r.Next = []flow.Branch{{Flow: f, Share: 1}}
	return r
}

// dynamicDNS: the proxy resolves the request's own host, whatever was dialled. A name that the client itself dialled does resolve; of
// another one nothing is known.
func dynamicDNS(f flow.Flow, r flow.Result) flow.Result {
	f.Passthrough = true
	f.Wire.Why = flow.NotePassedThrough
	host := config.StripPort(f.Message.Authority)
	if host != f.Dial.Name {
		f.Dial = flow.Dial{Name: host, Port: f.Dial.Port}
		o := f.Replies(503, flow.NameNotResolved, "dns_resolution_failure", "DF")
		o.Args, o.By = []string{host}, flow.By(flow.Cause, f.Scope.ModeFrom)
		r.MayReject(o)
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: mesh.MeshConfig, Cause: mesh.External, Resource: f.Scope.ModeFrom})
	}
	r.Next = []flow.Branch{{Flow: f, Share: 1}}
	return r
}

// hiddenHost is hiddenFrom for a request whose host decides: what keeps the host that it names from this client.
func hiddenHost(f flow.Flow, s *mesh.Snapshot) []flow.Candidate {
	name := config.StripPort(f.Message.Authority)
	svc, ns, _, ok := dns.SplitName(s, strings.ToLower(name), f.Client.Namespace)
	full := strings.ToLower(name)
	if ok {
		full = mesh.ServiceHost(svc, ns)
	}
	probe := f
	probe.Dial.Host = nil
	for _, h := range s.HostsNamed(full) {
		probe.Dial.Host = h
		return upstream.HiddenFrom(probe, s)
	}
	return nil
}

func blockedHost(f flow.Flow, s *mesh.Snapshot) []flow.Responsible {
	out := []mesh.Ref{f.Scope.ModeFrom}
	for _, c := range hiddenHost(f, s) {
		if c.Ref.Object() != f.Scope.ModeFrom.Object() {
			out = append(out, c.Ref)
		}
	}
	return flow.By(flow.Cause, out...)
}

// otherVirtualServices tells of the VirtualServices that name the host and do not act on it: why each one does not.
func otherVirtualServices(f flow.Flow, s *mesh.Snapshot) []flow.Candidate {
	if f.VHost == nil {
		return nil
	}
	var out []flow.Candidate
	name := strings.ToLower(f.VHost.Name)
	imported := map[*config.VirtualService]bool{}
	for _, v := range f.Scope.ListenerFor(f.Dial.Port).VirtualServices {
		imported[v] = true
	}
	lost := map[mesh.Ref]precedence.Considered{} // of several the last
	for _, c := range f.Table.Losers[f.VHost.Name] {
		lost[c.Ref] = c
	}
	for _, v := range routing.VirtualServices(s) {
		if v == f.VHost.VS || !slices.ContainsFunc(v.Hosts, func(h string) bool { return mesh.HostsOverlap(h, name) }) {
			continue
		}
		c := flow.Candidate{Ref: v.Ref}
		switch {
		case !slices.Contains(v.Gateways, config.MeshGateway):
			c.Why, c.Ref = precedence.NotBound, v.Field("gateways")
		case !v.VisibleTo(f.Client.Namespace):
			c.Why, c.Ref = precedence.NotExported, v.Field("exportTo")
		case !imported[v]:
			c.Why, c.By = precedence.NotImported, f.Scope.Sidecar
		default:
			c.Why = precedence.LessSpecific
			if f.VHost.VS != nil {
				c.By = f.VHost.VS.Ref
				if closest(v.Hosts, name) == closest(f.VHost.VS.Hosts, name) {
					c.Why = precedence.HostTaken
				}
			}
			if x, is := lost[v.Ref]; is {
				c.Why, c.By = x.Why, x.By
			}
		}
		out = append(out, c)
	}
	return out
}

// closest is the most specific of the hosts that a name belongs to.
func closest(hosts []string, name string) string {
	best := ""
	for _, h := range hosts {
		if mesh.HostsOverlap(h, name) && (best == "" || mesh.MoreSpecific(h, best)) {
			best = h
		}
	}
	return best
}
