package upstream

import (
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/wrapperspb"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// FindCluster finds a destination in what the proxy knows, or what comes of a request that is sent there without.
func FindCluster(f flow.Flow, s *mesh.Snapshot, t Target) (*flow.Cluster, *flow.Outcome) {
	fail := func(why flow.Reason, args []string, refs ...mesh.Ref) *flow.Outcome {
		status := 503
		if f.Route != nil && f.Route.Route != nil && f.Route.Route.VS.GatewayAPI {
			status = 500
		}
		o := flow.Outcome{Reason: why, Args: args, By: flow.By(flow.Cause, refs...)}
		if !f.L7 {
			o = f.Closed(o)
			o.Failure = flow.NoFailure
			return &o
		}
		o = f.Replies(status, why, "cluster_not_found", "NC")
		o.Args, o.By = args, flow.By(flow.Cause, refs...)
		return &o
	}
	if t.invalid {
		facts, at := backendFault(s, t.At)
		return nil, fail(flow.BackendInvalid, facts, at)
	}
	h := f.Scope.Host(t.Host)
	if h != nil && h.Resolution == mesh.Alias {
		h = behind(f, h)
	}
	if h == nil {
		return nil, fail(flow.DestinationUnknown, []string{t.Host}, append([]mesh.Ref{config.HostField(t.At)}, hidden(f, s, t.Host)...)...)
	}
	port, ok := h.Port(t.Port)
	if !ok {
		return nil, fail(flow.DestinationUnknown, []string{t.Host + ":" + strconv.Itoa(t.Port)}, t.At.At(t.At.Field+".port"), h.Ref.At("spec.ports"))
	}
	if h.Resolution == mesh.DynamicDNS && f.At.Role == flow.ClientSidecar && !s.Version.Istiod.Has(release.DynamicDNSInSidecars) {
		// (pilot/pkg/networking/core/cluster.go of those releases leaves such hosts out for sidecars)
		return nil, fail(flow.DestinationUnknown, []string{t.Host}, h.Ref.At("spec.resolution"))
	}
	c := &flow.Cluster{Host: h, Port: port, Subset: t.subset, From: t.At, HTTP2: port.Protocol.IsHTTP2()}
	c.Rule = precedence.DestinationRule(s, f.Client, h)
	upgrade(c, s, f)
	if t.subset != "" {
		if _, ok := c.Rule.Rule.Subset(t.subset); !ok {
			refs := []mesh.Ref{t.At.At(t.At.Field + ".subset")}
			if c.Rule.Rule != nil {
				refs = append(refs, c.Rule.Rule.Sources[0].At("spec.subsets"))
			} else {
				refs = append(refs, hiddenRules(f, s, h)...)
			}
			return c, fail(flow.SubsetUndefined, []string{t.subset, h.Name}, refs...)
		}
	}
	return c, nil
}

// behind is the host that an ExternalName Service names. The routes of a sidecar find the Service only among those that have the
// listener's port, and follow one name (pilot/pkg/networking/core/route/route.go, GetDestinationCluster).
func behind(f flow.Flow, alias *mesh.Host) *mesh.Host {
	if _, has := alias.Port(f.Dial.Port); !has && f.L7 && f.At.Role == flow.ClientSidecar {
		return nil
	}
	if to := f.Scope.Host(alias.Service.Spec.ExternalName); to != nil && to.Resolution != mesh.Alias {
		return to
	}
	return nil
}

// hidden points at what keeps a host from this proxy.
func hidden(f flow.Flow, s *mesh.Snapshot, name string) []mesh.Ref {
	var out []mesh.Ref
	for _, h := range s.HostsNamed(name) {
		if !precedence.ServiceVisible(s, h, f.Client.Namespace) {
			out = append(out, exportRef(s, h))
		}
	}
	return out
}

// hiddenRules points at the rules for a host that this client does not get to see.
func hiddenRules(f flow.Flow, s *mesh.Snapshot, h *mesh.Host) []mesh.Ref {
	var out []mesh.Ref
	for _, c := range precedence.RuleCandidates(s, f.Client, h, precedence.RuleChoice{}) {
		if c.Why == precedence.NotExported {
			out = append(out, c.Ref)
		}
	}
	return out
}

// Cluster tells which DestinationRule the cluster is made with, and why others do not count.
func Cluster(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.Cluster == nil {
		return flow.Result{}
	}
	r := flow.Pass(f)
	if rule := f.Cluster.Rule.Rule; rule != nil {
		r.Resource, r.Note = rule.Sources[0], flow.NoteRuleApplies
	} else {
		r = flow.NothingApplies(f)
		r.Note = flow.NoteNoRule
	}
	r.Candidates = rules(f, s)
	if len(f.Cluster.Rule.Gaps) > 0 {
		return hiddenRule(f, r, f.Cluster.Rule.Gaps)
	}
	return r
}

// NoCluster ends the share of the requests whose destination the proxy has no cluster for, or, where the cluster is there, no such subset of it.
func NoCluster(f flow.Flow, s *mesh.Snapshot, o flow.Outcome) *flow.Result {
	r := flow.End(o)
	if len(o.By) > 0 {
		r.Resource = o.By[0].Ref
	}
	gaps := RegistryGaps(f, s)
	if f.Cluster != nil {
		r.Candidates = rules(f, s)
		if len(f.Cluster.Rule.Gaps) == 0 {
			gaps = nil
		}
		gaps = slices.Concat(f.Cluster.Rule.Gaps, gaps)
	}
	for _, b := range o.By {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: b.Ref, Applies: true})
	}
	if len(gaps) > 0 {
		r.Doubt(gaps...)
		r.OrElse(flow.AnyOutcome()...)
	}
	return &r
}

// rules are the DestinationRules for the cluster's host.
func rules(f flow.Flow, s *mesh.Snapshot) []flow.Candidate {
	return flow.Candidates(precedence.RuleCandidates(s, f.Client, f.Cluster.Host, f.Cluster.Rule))
}

// hiddenRule goes on for each way in which a DestinationRule that nobody could read may set TLS, in HTTP/1.1 or upgraded to HTTP/2, and
// fails where it may hide a subset.
func hiddenRule(f flow.Flow, r flow.Result, gaps []mesh.Gap) flow.Result {
	r.Gaps, r.Reason = gaps, flow.Unread
	settings := []*networking.ClientTLSSettings{{Mode: networking.ClientTLSSettings_DISABLE}, {Mode: networking.ClientTLSSettings_SIMPLE},
		{Mode: networking.ClientTLSSettings_SIMPLE, InsecureSkipVerify: wrapperspb.Bool(true)}, {Mode: networking.ClientTLSSettings_ISTIO_MUTUAL}}
	ways := []*flow.Cluster{f.Cluster}
	for _, tls := range settings {
		c := *f.Cluster
		c.Rule.Rule = f.Cluster.Rule.Rule.WithTLS(c.Host.Name, tls)
		ways = append(ways, &c)
	}
	r.Next = nil
	for _, c := range ways {
		next := f
		next.Cluster = c
		r.Next = append(r.Next, flow.Branch{Flow: next})
		if f.L7 && !c.HTTP2 {
			upgraded := *c
			upgraded.HTTP2 = true
			next.Cluster = &upgraded
			r.Next = append(r.Next, flow.Branch{Flow: next})
		}
	}
	if f.Cluster.Subset != "" && f.L7 {
		r.MayReject(f.Replies(503, flow.SubsetUndefined, "cluster_not_found", "NC"))
		r.Args = []string{f.Cluster.Subset, f.Cluster.Host.Name}
	}
	return r
}
