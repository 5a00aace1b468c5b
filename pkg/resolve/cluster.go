package resolve

import (
	"slices"

	"google.golang.org/protobuf/types/known/wrapperspb"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// cluster finds the destination in what the proxy knows.
func (f Flow) cluster(s *mesh.Snapshot, t target) (*Cluster, *Outcome) {
	fail := func(why Reason, facts []string, refs ...mesh.Ref) *Outcome {
		status := 503
		if f.Route != nil && f.Route.Route != nil && f.Route.Route.VS.GatewayAPI {
			status = 500
		}
		o := Outcome{Reason: why, Facts: facts, By: by(Cause, refs...)}
		if !f.L7 {
			o = f.closed(o)
			o.Failure = NoFailure
			return &o
		}
		o = f.replies(status, why, "cluster_not_found", "NC")
		o.Facts, o.By = facts, by(Cause, refs...)
		return &o
	}
	if t.invalid {
		return nil, fail(BackendInvalid, nil, t.at)
	}
	h := f.Scope.Host(t.host)
	if h != nil && h.Resolution == mesh.Alias {
		h = f.behind(h)
	}
	if h == nil {
		return nil, fail(DestinationUnknown, []string{t.host}, append([]mesh.Ref{precedence.HostField(t.at)}, f.hidden(s, t.host)...)...)
	}
	port, ok := h.Port(t.port)
	if !ok {
		return nil, fail(DestinationUnknown, []string{t.host + ":" + itoa(t.port)}, t.at.At(t.at.Field+".port"), h.Ref.At("spec.ports"))
	}
	c := &Cluster{Host: h, Port: port, Subset: t.subset, From: t.at, HTTP2: port.Protocol.IsHTTP2()}
	c.Rule = precedence.DestinationRule(s, f.Client, h)
	c.upgrade(s, f)
	if t.subset != "" {
		if _, ok := c.Rule.Rule.Subset(t.subset); !ok {
			refs := []mesh.Ref{t.at.At(t.at.Field + ".subset")}
			if c.Rule.Rule != nil {
				refs = append(refs, c.Rule.Rule.Sources[0].At("spec.subsets"))
			} else {
				refs = append(refs, f.hiddenRules(s, h)...)
			}
			return c, fail(SubsetUndefined, []string{t.subset, h.Name}, refs...)
		}
	}
	return c, nil
}

// behind is the host that an ExternalName Service names. The routes of a sidecar find the Service only among those that have the
// listener's port, and follow one name (pilot/pkg/networking/core/route/route.go, GetDestinationCluster).
func (f Flow) behind(alias *mesh.Host) *mesh.Host {
	if _, has := alias.Port(f.Dial.Port); !has && f.L7 && f.At.Role == ClientSidecar {
		return nil
	}
	if to := f.Scope.Host(alias.Service.Spec.ExternalName); to != nil && to.Resolution != mesh.Alias {
		return to
	}
	return nil
}

// hidden points at what keeps a host from this proxy.
func (f Flow) hidden(s *mesh.Snapshot, name string) []mesh.Ref {
	var out []mesh.Ref
	for _, h := range s.HostsNamed(name) {
		if !precedence.ServiceVisible(s, h, f.Client.Namespace) {
			out = append(out, f.exportRef(s, h))
		}
	}
	return out
}

// hiddenRules points at the rules for a host that this client does not get to see.
func (f Flow) hiddenRules(s *mesh.Snapshot, h *mesh.Host) []mesh.Ref {
	var out []mesh.Ref
	for _, c := range precedence.RuleCandidates(s, f.Client, h, precedence.RuleChoice{}) {
		if c.Why == precedence.NotExported {
			out = append(out, c.Ref)
		}
	}
	return out
}

// clusterExists ends the share of the requests whose destination the proxy has no cluster for.
func clusterExists(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted || f.Cluster == nil && f.NoCluster == nil {
		return Result{}
	}
	var rules []Candidate
	var gaps []mesh.Gap
	if f.Cluster != nil {
		rules = candidates(precedence.RuleCandidates(s, f.Client, f.Cluster.Host, f.Cluster.Rule))
		gaps = f.Cluster.Rule.Gaps
	}
	if f.NoCluster != nil {
		r := ends(*f.NoCluster)
		if len(f.NoCluster.By) > 0 {
			r.Resource = f.NoCluster.By[0].Ref
		}
		r.Candidates = rules
		for _, b := range f.NoCluster.By {
			r.Candidates = append(r.Candidates, Candidate{Ref: b.Ref, Applies: true})
		}
		if len(gaps) > 0 || f.Cluster == nil && len(f.registryGaps(s)) > 0 {
			r.Gaps = slices.Concat(gaps, f.registryGaps(s))
			r.Rejects, r.Effect = Unknown, Maybe
			r.Might = anyOutcome()
		}
		return r
	}
	r := passes(f)
	r.Candidates = rules
	if rule := f.Cluster.Rule.Rule; rule != nil {
		r.Resource = rule.Sources[0]
		r.Note = NoteRuleApplies
	} else {
		r.Effect, r.Note = Idle, NoteNoRule
	}
	if len(gaps) > 0 {
		return f.hiddenRule(r, gaps)
	}
	return r
}

// hiddenRule goes on for each way in which a DestinationRule that nobody could read may set TLS, in HTTP/1.1 or upgraded to HTTP/2, and
// fails where it may hide a subset.
func (f Flow) hiddenRule(r Result, gaps []mesh.Gap) Result {
	r.Gaps, r.Effect, r.Reason = gaps, Maybe, Unread
	settings := []*networking.ClientTLSSettings{{Mode: networking.ClientTLSSettings_DISABLE}, {Mode: networking.ClientTLSSettings_SIMPLE},
		{Mode: networking.ClientTLSSettings_SIMPLE, InsecureSkipVerify: wrapperspb.Bool(true)}, {Mode: networking.ClientTLSSettings_ISTIO_MUTUAL}}
	ways := []*Cluster{f.Cluster}
	for _, tls := range settings {
		c := *f.Cluster
		c.Rule.Rule = &precedence.Rule{Host: c.Host.Name, Policy: &networking.TrafficPolicy{Tls: tls}}
		if c.Subset != "" {
			c.Rule.Rule.Subsets = f.Cluster.Rule.Rule.Subsets
		}
		ways = append(ways, &c)
	}
	r.Next = nil
	for _, c := range ways {
		next := f
		next.Cluster = c
		r.Next = append(r.Next, Branch{Flow: next})
		if f.L7 && !c.HTTP2 {
			upgraded := *c
			upgraded.HTTP2 = true
			next.Cluster = &upgraded
			r.Next = append(r.Next, Branch{Flow: next})
		}
	}
	if f.Cluster.Subset != "" && f.L7 {
		r.Rejects, r.Reason = Unknown, SubsetUndefined
		r.With = f.replies(503, SubsetUndefined, "cluster_not_found", "NC")
		r.Facts = []string{f.Cluster.Subset, f.Cluster.Host.Name}
	}
	return r
}
