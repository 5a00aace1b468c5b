package precedence

import (
	"slices"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// RuleChoice is the DestinationRule that a client uses for a host.
type RuleChoice struct {
	Rule *Rule // nil where none applies
	Step int   // 1 the client's namespace, 2 the service's, 3 the root namespace; 0 where none applies
	Gaps []mesh.Gap
}

// DestinationRule finds the rule for a host: in the client's namespace, else exported by the service's, else exported by the root
// namespace. A host that matches in the first step ends the search, even where no rule of it fits the client; a client of the root
// namespace uses that namespace's private rules only in the first step (pilot/pkg/model/push_context.go, destinationRule).
func DestinationRule(s *mesh.Snapshot, client Client, h *mesh.Host) RuleChoice {
	out := poolsOf(s).find(s.Config.RootNamespace, client, h)
	out.Gaps = s.DestinationRules.Gaps(client.Namespace)
	if out.Step != 1 {
		out.Gaps = append(out.Gaps, s.DestinationRules.Gaps(h.Namespace)...)
	}
	out.Gaps = append(out.Gaps, s.BackendTLSPolicies.Gaps(h.Namespace)...)
	if out.Step == 0 || out.Step == 3 {
		out.Gaps = append(out.Gaps, s.DestinationRules.Gaps(s.Config.RootNamespace)...)
	}
	return out
}

func (p *rulePools) find(root string, client Client, h *mesh.Host) RuleChoice {
	own := p.local[client.Namespace]
	if client.Namespace == root {
		own = p.rootLocal
	}
	if found := own.lookup(h.Name); found != nil {
		return RuleChoice{Rule: choose(found, client), Step: 1}
	}
	for step, ns := range []string{h.Namespace, root} {
		if found := exportedTo(p.exported[ns].lookup(h.Name), client.Namespace); len(found) > 0 {
			return RuleChoice{Rule: choose(found, client), Step: step + 2}
		}
	}
	return RuleChoice{}
}

// Client is a proxy that looks up rules: its namespace and its pod's labels.
type Client struct {
	Namespace string
	Labels    map[string]string
}

// choose picks of the rules of one host: the first of the client's own namespace whose workloadSelector fits, else the last one
// without a selector, else none (pilot/pkg/model/sidecar.go, SidecarScope.DestinationRule).
func choose(rules []*Rule, c Client) *Rule {
	var last *Rule
	for _, r := range rules {
		switch {
		case !r.selects:
			last = r
		case r.ns == c.Namespace && mesh.Selects(r.selector, c.Labels):
			return r
		}
	}
	return last
}

// exportedTo filters after the most specific host was found, so that a more specific rule for somebody else hides a general one.
func exportedTo(rules []*Rule, namespace string) []*Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool {
		return len(r.exportTo) > 0 && !r.exportTo.Has("*") && !r.exportTo.Has(namespace)
	})
}

// RuleCandidates tells of every DestinationRule that somebody may expect to apply how it fared in a choice. A rule applies if the
// choice would be another one without it, which is also so for a rule that does nothing but hide another.
func RuleCandidates(s *mesh.Snapshot, client Client, h *mesh.Host, c RuleChoice) []Considered {
	var out []Considered
	rules := rulesAbout(s, h)
	stands := poolsOf(s).standing(s.Config.RootNamespace, client, h)
	tried := 0
	for _, d := range rules.all {
		x := fared(s, client, h, c, d)
		if mesh.HostWithin(h.Name, mesh.ResolveHost(d.Spec.Host, d.Namespace)) {
			x.Applies = c.Rule.contributes(x.Ref.Object())
			if stands[x.Ref.Object()] && tried < mostTried {
				tried++
				x.Applies = !c.Rule.same(without(s, rules.matching, d).find(s.Config.RootNamespace, client, h).Rule)
			}
			if !x.Applies && x.Why == Applies {
				x.Why, x.By = SubsetsTaken, c.Rule.Sources[0]
			}
		}
		out = append(out, x)
	}
	return out
}

// mostTried bounds for how many rules that stand for themselves the choice is made again without them.
const mostTried = 32

func without(s *mesh.Snapshot, rules []*networkingapi.DestinationRule, d *networkingapi.DestinationRule) *rulePools {
	return newPools(s, slices.DeleteFunc(slices.Clone(rules), func(o *networkingapi.DestinationRule) bool { return o == d }))
}

// standing are the rules that others are folded into, or that stand alone, wherever the choice for a host looks. Without one that is only
// folded into others no more changes than what it contributes to them.
func (p *rulePools) standing(root string, client Client, h *mesh.Host) map[mesh.Ref]bool {
	out := map[mesh.Ref]bool{}
	for _, of := range []pool{p.local[client.Namespace], p.rootLocal, p.exported[h.Namespace], p.exported[root]} {
		for _, r := range of.lookup(h.Name) {
			out[r.Sources[0]] = true
		}
	}
	return out
}

// contributes reports whether the policy or a subset of a rule is that of one of its sources.
func (r *Rule) contributes(source mesh.Ref) bool {
	if r == nil {
		return false
	}
	return r.PolicyOf == source || r.defines[source]
}

// about are the rules that somebody may expect to apply to a host, and those of them whose host it is within.
type about struct {
	all, matching []*networkingapi.DestinationRule
}

type aboutKey struct{ *mesh.Host }

func rulesAbout(s *mesh.Snapshot, h *mesh.Host) about {
	return mesh.Derive(s, aboutKey{h}, func() about {
		var out about
		for _, d := range DestinationRules(s) {
			host := mesh.ResolveHost(d.Spec.Host, d.Namespace)
			within := mesh.HostWithin(h.Name, host)
			if within {
				out.matching = append(out.matching, d)
			}
			if within || looksLike(h, host) {
				out.all = append(out.all, d)
			}
		}
		return out
	})
}

// same reports whether two rules say the same, wherever they come from.
func (r *Rule) same(o *Rule) bool {
	if r == nil || o == nil {
		return r == o
	}
	return r.Policy == o.Policy && slices.EqualFunc(r.Subsets, o.Subsets, func(a, b Subset) bool { return a.Subset == b.Subset })
}

// fared judges one rule whose host this one is within, or that looks as if it meant this one.
func fared(s *mesh.Snapshot, client Client, h *mesh.Host, c RuleChoice, d *networkingapi.DestinationRule) Considered {
	ref := ruleRef(d)
	host := mesh.ResolveHost(d.Spec.Host, d.Namespace)
	var winner mesh.Ref
	if c.Rule != nil {
		winner = c.Rule.Sources[0]
		if c.Rule.sources[ref] {
			switch {
			case len(c.Rule.Sources) == 1 || c.Rule.PolicyOf == ref || c.Rule.Policy == nil:
				return Wins(ref)
			case d.Spec.TrafficPolicy == nil:
				return Considered{Ref: ref, Why: Merged, By: winner}
			}
			return Considered{Ref: ref, Why: PolicyDropped, By: c.Rule.PolicyOf}
		}
	}
	if !mesh.HostWithin(h.Name, host) {
		return Loses(ref.At("spec.host"), ShortHost)
	}
	root := s.Config.RootNamespace
	switch ns := d.Namespace; {
	case ns != client.Namespace && ns != h.Namespace && ns != root:
		return Loses(ref, ThirdNamespace)
	case c.Step == 1 && ns != client.Namespace:
		return Loses(ref, ClientFirst, winner)
	case c.Step == 2 && ns == root && root != h.Namespace:
		return Loses(ref, ServiceFirst, winner)
	case ns != client.Namespace && !exportedFrom(d, s.Config.Proto.GetDefaultDestinationRuleExportTo(), client.Namespace),
		ns == client.Namespace && !usedAtHome(d):
		return Loses(ref.At("spec.exportTo"), NotExported)
	case d.Spec.WorkloadSelector != nil && (ns != client.Namespace || !mesh.Selects(d.Spec.WorkloadSelector.MatchLabels, client.Labels)):
		return Loses(ref.At("spec.workloadSelector"), OtherWorkload)
	case c.Rule != nil && c.Rule.Host != host && mesh.MoreSpecific(c.Rule.Host, host):
		return Loses(ref, LessSpecific, winner)
	case c.Rule == nil && c.Step == 1:
		return Considered{Ref: ref, Why: Swallowed}
	case c.Rule == nil, c.Step == 3 && ns != root:
		return Loses(ref, HiddenByExport)
	}
	return Loses(ref, Superseded, winner)
}

// looksLike tells a host that was surely meant for this one but is no full name: httpbin.bar, httpbin.bar.svc.
func looksLike(h *mesh.Host, host string) bool {
	return h.Kube && (host == h.Ref.Name+"."+h.Namespace || host == h.Ref.Name+"."+h.Namespace+".svc")
}

func exportedFrom(d *networkingapi.DestinationRule, defaults []string, to string) bool {
	e := ExportSet(d.Spec.ExportTo)
	if d.Spec.WorkloadSelector != nil {
		return false
	}
	if len(e) == 0 {
		return !slices.Contains(defaults, ".")
	}
	return e.Has("*") || e.Has(to)
}

func usedAtHome(d *networkingapi.DestinationRule) bool {
	e := ExportSet(d.Spec.ExportTo)
	return d.Spec.WorkloadSelector != nil || len(e) == 0 || e.Has("*") || e.Has(".") || e.Has(d.Namespace)
}

// Declared is a DestinationRule, or a BackendTLSPolicy, for a host as its owner wrote it.
type Declared struct {
	Ref       mesh.Ref
	Namespace string
	Host      string   // completed
	ExportTo  []string // as written
	Selects   bool     // has a workloadSelector
}

// RulesFor lists the rules whose host a host is within, oldest first, whether they count or not.
func RulesFor(s *mesh.Snapshot, h *mesh.Host) []Declared {
	var out []Declared
	for _, d := range rulesAbout(s, h).matching {
		out = append(out, Declared{Ref: ruleRef(d), Namespace: d.Namespace, Host: mesh.ResolveHost(d.Spec.Host, d.Namespace), ExportTo: d.Spec.ExportTo, Selects: d.Spec.WorkloadSelector != nil})
	}
	return out
}
