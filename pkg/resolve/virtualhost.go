package resolve

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// virtualHost finds what answers for the request's authority on the client's proxy, and which VirtualService has it.
func virtualHost(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted || !f.L7 || f.Listener == nil {
		return Result{}
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
		f.VHost = f.Table.Lookup(f.Message.Authority)
	}
	if f.VHost == nil && f.Listener.Only == nil {
		return unknownHost(s, f)
	}
	r := passes(f)
	if f.VHost != nil {
		r.Note, r.Facts = NoteVirtualHost, []string{f.VHost.Name}
		if f.VHost.VS == nil {
			r.Note = NoteServiceHost
		}
		if f.VHost.Host != nil {
			r.Candidates = append(r.Candidates, Candidate{Ref: f.VHost.Host.Ref, Applies: true})
			r.Resource = f.VHost.Host.Ref
		}
		if f.VHost.VS != nil {
			r.Resource = f.VHost.VS.Ref
			r.Candidates = append(r.Candidates, Candidate{Ref: f.VHost.VS.Ref, Applies: true, Why: precedence.Applies})
		}
	}
	r.Candidates = append(r.Candidates, f.otherVirtualServices(s)...)
	// Any VirtualService that nobody could read may have the host.
	_, gaps := s.VirtualServices.All()
	r.unread(slices.Concat(gaps, routeGaps(s))...)
	return r
}

// routeGaps are unread routes of the Gateway API; a kind that is not installed is known to be empty.
func routeGaps(s *mesh.Snapshot) []mesh.Gap {
	_, http := s.HTTPRoutes.All()
	_, grpc := s.GRPCRoutes.All()
	return slices.Concat(http, grpc)
}

// unknownHost: the port is read as HTTP, but no virtual host has the name (buildCatchAllVirtualHost).
func unknownHost(s *mesh.Snapshot, f Flow) Result {
	r := passes(f)
	r.Effect, r.Note, r.Resource = Routes, NoteHostUnknown, f.Scope.ModeFrom
	r.Facts = []string{f.Message.Authority}
	r.Candidates = append([]Candidate{{Ref: f.Scope.ModeFrom, Applies: true}}, f.hiddenHost(s)...)
	_, vsGaps := s.VirtualServices.All()
	r.unread(slices.Concat(f.registryGaps(s), vsGaps)...)
	switch {
	case f.Scope.Mode == precedence.RegistryOnly:
		o := f.replies(502, RegistryOnly, "direct_response")
		o.Facts = []string{f.Message.Authority}
		o.By = f.blockedHost(s)
		if len(r.Gaps) > 0 {
			r.Might = append(r.Might, o)
			r.Next = nil
			return r
		}
		e := ends(o)
		e.Note, e.Resource, e.Candidates, e.Facts = r.Note, r.Resource, r.Candidates, r.Facts
		return e
	case f.Scope.Mode == precedence.DynamicDNS:
		return f.dynamicDNS(r)
	case f.Scope.Egress != nil:
		f.Route = &RouteChoice{Ref: f.Scope.ModeFrom}
		f.L4 = &precedence.Chain{From: f.Scope.ModeFrom, To: []precedence.L4Route{{Host: f.Scope.Egress.Host, Subset: f.Scope.Egress.Subset, Port: int(f.Scope.Egress.GetPort().GetNumber())}}}
		// istiod's cache of routes does not tell Sidecars apart that differ in this field alone, so proxies can hold a stale route.
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: mesh.Sidecar, Namespace: f.Scope.Sidecar.Namespace, Cause: mesh.Rejected, Resource: f.Scope.Sidecar.At("spec.outboundTrafficPolicy.egressProxy")})
		stale := f
		stale.L4, stale.Unrouted = nil, true
		r.Next = []Branch{{Flow: f}, {Flow: stale}}
		r.Notes = append(r.Notes, Finding{Code: NoteEgressProxyStale, Resource: f.Scope.Sidecar.At("spec.outboundTrafficPolicy.egressProxy")})
		return r
	}
	f.Unrouted = true
	f.Wire.Chosen, f.Wire.Why = mesh.Ref{}, NotePassedThrough
	for _, c := range f.hiddenHost(s) {
		f.Wire.Chosen = c.Ref
		break
	}
	r.Next = []Branch{{Flow: f, Share: 1}}
	return r
}

// dynamicDNS: the proxy resolves the request's own host, whatever was dialled. A name that the client itself dialled does resolve; of
// another one nothing is known.
func (f Flow) dynamicDNS(r Result) Result {
	f.Unrouted = true
	f.Wire.Why = NotePassedThrough
	host := precedence.StripPort(f.Message.Authority)
	if host != f.Dial.Name {
		f.Dial = Dial{Name: host, Port: f.Dial.Port}
		r.Rejects, r.Effect, r.Reason = Unknown, Maybe, NameNotResolved
		r.With = f.replies(503, NameNotResolved, "dns_resolution_failure", "DF")
		r.With.By = by(Cause, f.Scope.ModeFrom)
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: mesh.MeshConfig, Cause: mesh.External, Resource: f.Scope.ModeFrom})
	}
	r.Next = []Branch{{Flow: f, Share: 1}}
	return r
}

// hiddenHost is hiddenFrom for a request whose host decides: what keeps the host that it names from this client.
func (f Flow) hiddenHost(s *mesh.Snapshot) []Candidate {
	name := precedence.StripPort(f.Message.Authority)
	svc, ns, _, ok := splitName(s, strings.ToLower(name), f.Client.Namespace)
	full := strings.ToLower(name)
	if ok {
		full = mesh.ServiceHost(svc, ns)
	}
	probe := f
	probe.Dial.Host = nil
	for _, h := range s.HostsNamed(full) {
		probe.Dial.Host = h
		return probe.hiddenFrom(s)
	}
	return nil
}

func (f Flow) blockedHost(s *mesh.Snapshot) []Responsible {
	out := []mesh.Ref{f.Scope.ModeFrom}
	for _, c := range f.hiddenHost(s) {
		if c.Ref.Object() != f.Scope.ModeFrom.Object() {
			out = append(out, c.Ref)
		}
	}
	return by(Cause, out...)
}

// otherVirtualServices tells of the VirtualServices that name the host and do not act on it: why each one does not.
func (f Flow) otherVirtualServices(s *mesh.Snapshot) []Candidate {
	if f.VHost == nil {
		return nil
	}
	var out []Candidate
	name := strings.ToLower(f.VHost.Name)
	l := f.Scope.ListenerFor(f.Dial.Port)
	for _, v := range precedence.VirtualServices(s) {
		if v == f.VHost.VS || !slices.ContainsFunc(v.Hosts, func(h string) bool { return mesh.HostsOverlap(h, name) }) {
			continue
		}
		c := Candidate{Ref: v.Ref}
		switch {
		case !slices.Contains(v.Gateways, precedence.MeshGateway):
			c.Why, c.Ref = precedence.NotBound, v.Field("gateways")
		case !v.VisibleTo(f.Client.Namespace):
			c.Why, c.Ref = precedence.NotExported, v.Field("exportTo")
		case !slices.Contains(l.VirtualServices, v):
			c.Why, c.By = precedence.NotImported, f.Scope.Sidecar
		default:
			c.Why = precedence.LessSpecific
			if f.VHost.VS != nil {
				c.By = f.VHost.VS.Ref
			}
			for _, lost := range f.Table.Losers[f.VHost.Name] {
				if lost.Ref == v.Ref {
					c.Why, c.By = lost.Why, lost.By
				}
			}
		}
		out = append(out, c)
	}
	return out
}
