package precedence

import (
	"slices"
	"strconv"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Rule is what istiod makes of one or more DestinationRules, or BackendTLSPolicies, of one namespace for one host.
type Rule struct {
	Host     string
	Policy   *networking.TrafficPolicy // nil where no source has one
	PolicyOf mesh.Ref                  // the DestinationRule that the policy comes from
	Subsets  []Subset
	Sources  []mesh.Ref // all merged rules, the first one first

	named    map[string]int    // where the subset of a name stands in Subsets
	sources  map[mesh.Ref]bool // Sources
	defines  map[mesh.Ref]bool // those of Sources that a subset comes from
	exportTo Exports
	by       map[string]string // of a rule made of BackendTLSPolicies: the policy for each port, 0 for the others
	selector map[string]string
	selects  bool // has a workloadSelector
	ns       string
}

// Subset is a subset of a [Rule].
type Subset struct {
	*networking.Subset
	Ref mesh.Ref // the subset's place in the DestinationRule that defines it
}

// Subset finds a subset by name.
func (r *Rule) Subset(name string) (Subset, bool) {
	if r == nil {
		return Subset{}, false
	}
	i, ok := r.named[name]
	if !ok {
		return Subset{}, false
	}
	return r.Subsets[i], true
}

func ruleRef(d *networkingapi.DestinationRule) mesh.Ref {
	if d.Kind == string(mesh.BackendTLSPolicy) {
		return mesh.Ref{Kind: mesh.BackendTLSPolicy, Namespace: d.Namespace, Name: d.Name}
	}
	return mesh.Ref{Kind: mesh.DestinationRule, Namespace: d.Namespace, Name: d.Name}
}

// WithTLS returns the rule of a host as it would be with TLS settings and no other policy; r may be nil.
func (r *Rule) WithTLS(host string, tls *networking.ClientTLSSettings) *Rule {
	out := &Rule{Host: host, Policy: &networking.TrafficPolicy{Tls: tls}}
	if r != nil {
		out.Subsets, out.named = r.Subsets, r.named
	}
	return out
}

func newRule(d *networkingapi.DestinationRule, e Exports) *Rule {
	r := &Rule{Host: mesh.ResolveHost(d.Spec.Host, d.Namespace), Policy: d.Spec.TrafficPolicy, Sources: []mesh.Ref{ruleRef(d)},
		named: map[string]int{}, sources: map[mesh.Ref]bool{ruleRef(d): true}, defines: map[mesh.Ref]bool{}, exportTo: e, ns: d.Namespace}
	if d.Spec.WorkloadSelector != nil {
		r.selects, r.selector = true, d.Spec.WorkloadSelector.MatchLabels
	}
	if r.Policy != nil {
		r.PolicyOf = ruleRef(d)
	}
	if r.PolicyOf.Kind == mesh.BackendTLSPolicy {
		r.by = d.Annotations
	}
	r.addSubsets(d)
	return r
}

func (r *Rule) addSubsets(d *networkingapi.DestinationRule) {
	for i, s := range d.Spec.Subsets {
		if _, taken := r.Subset(s.Name); !taken {
			r.named[s.Name] = len(r.Subsets)
			r.defines[ruleRef(d)] = true
			r.Subsets = append(r.Subsets, Subset{s, ruleRef(d).At("spec.subsets[" + strconv.Itoa(i) + "]")})
		}
	}
}

// fold merges a younger rule into r: its new subsets are added, its policy is adopted as a whole, and only if r has none; but where policies stand
// behind rules, what BackendTLSPolicies say fills the gaps of a DestinationRule's.
func (r *Rule) fold(d *networkingapi.DestinationRule, behind bool) {
	r.Sources = append(r.Sources, ruleRef(d))
	r.sources[ruleRef(d)] = true
	r.addSubsets(d)
	switch {
	case d.Spec.TrafficPolicy == nil:
	case r.Policy == nil:
		r.Policy, r.PolicyOf = d.Spec.TrafficPolicy, ruleRef(d)
	case behind && r.PolicyOf.Kind == mesh.BackendTLSPolicy && ruleRef(d).Kind == mesh.DestinationRule:
		backend := r.Policy
		r.Policy = filled(d.Spec.TrafficPolicy, backend)
		if d.Spec.TrafficPolicy.Tls != nil || backend.Tls == nil {
			r.PolicyOf = ruleRef(d)
		}
	}
}

// filled is the policy of a DestinationRule with what it lacks taken from that of BackendTLSPolicies, which say nothing but TLS
// (mergeBackendPolicyTrafficPolicy).
func filled(rule, backend *networking.TrafficPolicy) *networking.TrafficPolicy {
	out := rule.DeepCopy()
	if out.Tls == nil {
		out.Tls = backend.Tls
	}
	for _, b := range backend.PortLevelSettings {
		i := slices.IndexFunc(out.PortLevelSettings, func(e *networking.TrafficPolicy_PortTrafficPolicy) bool {
			return e.GetPort().GetNumber() == b.GetPort().GetNumber()
		})
		switch {
		case i < 0:
			out.PortLevelSettings = append(out.PortLevelSettings, b)
		case out.PortLevelSettings[i].Tls == nil:
			out.PortLevelSettings[i].Tls = b.Tls
		}
	}
	return out
}

// pool holds the rules of one namespace that are looked up together, by host.
type pool map[string][]*Rule

// insert adds a DestinationRule as pilot/pkg/model/destination_rule.go, mergeDestinationRule does: exportTo sets are compared as they
// are written, so that none and ["*"] differ; a rule whose set contains another one's is folded into that one and stands for itself too.
func (p pool) insert(d *networkingapi.DestinationRule, e Exports, behind bool) {
	host := mesh.ResolveHost(d.Spec.Host, d.Namespace)
	incoming := newRule(d, e)
	alone := true
	for _, r := range p[host] {
		if !e.equal(r.exportTo) && (len(r.exportTo) == 0 || !e.superset(r.exportTo)) {
			alone = true
			continue
		}
		alone = !e.equal(r.exportTo)
		sameSelector := equalLabels(r.selector, incoming.selector)
		if r.selects && incoming.selects && !sameSelector {
			alone = true
			continue
		}
		if r.selects == incoming.selects {
			alone = false
		}
		r.fold(d, behind)
	}
	if alone {
		p[host] = append(p[host], incoming)
	}
}

func equalLabels(a, b map[string]string) bool {
	return len(a) == len(b) && mesh.Selects(a, b)
}

// lookup returns the rules of the most specific host that matches.
func (p pool) lookup(host string) []*Rule {
	if r, ok := p[host]; ok {
		return r
	}
	best := ""
	for h := range p {
		if mesh.IsWild(h) && mesh.HostWithin(host, h) && (best == "" || mesh.MoreSpecific(h, best)) {
			best = h
		}
	}
	return p[best]
}

type rulePools struct {
	local     map[string]pool // by namespace: what the namespace's own clients use
	exported  map[string]pool // by namespace: what others may use
	rootLocal pool            // the root namespace's private rules
}

type rulePoolsKey struct{}

func poolsOf(s *mesh.Snapshot) *rulePools {
	return mesh.Derive(s, rulePoolsKey{}, func() *rulePools {
		return newPools(s, DestinationRules(s))
	})
}

// newPools sorts DestinationRules, oldest first, into pools (pilot/pkg/model/push_context.go, setDestinationRules).
func newPools(s *mesh.Snapshot, list []*networkingapi.DestinationRule) *rulePools {
	p := &rulePools{local: map[string]pool{}, exported: map[string]pool{}, rootLocal: pool{}}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *networkingapi.DestinationRule) int { return selectorFirst(a) - selectorFirst(b) })
	behind := s.Version.Istiod.Has(release.PoliciesBehindRules)
	defaults := s.Config.Proto.GetDefaultDestinationRuleExportTo()
	for _, d := range list {
		e := ExportSet(d.Spec.ExportTo)
		if d.Spec.WorkloadSelector != nil {
			e = Exports{"."}
		}
		if len(e) == 0 || e.Has("*") || e.Has(".") || e.Has(d.Namespace) {
			put(p.local, d, e, behind)
		}
		switch {
		case len(e) == 0 && !slices.Contains(defaults, "."), len(e) > 1, len(e) == 1 && !e.Has(".") && !e.Has(d.Namespace):
			put(p.exported, d, e, behind)
		case d.Namespace == s.Config.RootNamespace:
			p.rootLocal.insert(d, e, behind)
		}
	}
	return p
}

func put(pools map[string]pool, d *networkingapi.DestinationRule, e Exports, behind bool) {
	if pools[d.Namespace] == nil {
		pools[d.Namespace] = pool{}
	}
	pools[d.Namespace].insert(d, e, behind)
}

func selectorFirst(d *networkingapi.DestinationRule) int {
	if d.Spec.WorkloadSelector != nil {
		return 0
	}
	return 1
}

// Selects tells a rule that has a workloadSelector.
func (r *Rule) Selects() bool { return r != nil && r.selects }
