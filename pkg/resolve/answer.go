package resolve

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/wrapperspb"
	meshconfig "istio.io/api/mesh/v1alpha1"
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/older"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// Answer walks a request and decides what it gets. Where the mesh config could not be read, the answer is settled only if it is the same
// under every config that could matter; the walk that is returned is the one under the defaults.
func Answer(s *mesh.Snapshot, q *flow.Request) (*flow.Node, flow.Verdict) {
	root := Run(s, q)
	gaps := s.For(q.Source).Config.Gaps
	unknown := slices.Concat(newer(s, root), tooOld(s))
	others, differ := older.Otherwise(s, root)
	read := elsewhere(s, root, verdict.Fold(root))
	if s.For(q.Source).Config.Absent && len(domains(s)) > 0 {
		if b := anyOf(read, s, q, domains(s), []mesh.Gap{flow.NoMeshConfig(s.Config, "trustDomain")}); len(b.Alternatives) > len(read.Alternatives) {
			read = b
		}
	}
	if len(gaps) == 0 && len(unknown) == 0 && len(others) == 0 {
		return root, read.Verdict()
	}
	parts := []verdict.Possibilities{read}
	for _, o := range others {
		parts = append(parts, verdict.Exactly(o))
	}
	if len(gaps) == 0 && len(unknown) == 0 {
		return root, verdict.OneOf(parts, differ).Verdict()
	}
	gaps = slices.Concat(differ, gaps)
	if len(unknown) > 0 {
		parts = append(parts, anything()...)
		return root, verdict.OneOf(parts, slices.Concat(unknown, gaps)).Verdict()
	}
	b := anyOf(verdict.OneOf(parts, nil), s, q, slices.Concat(configs, roots(s), domains(s)), gaps)
	if len(b.Alternatives) > 1 || slices.ContainsFunc(gaps, func(g mesh.Gap) bool { return g.Kind == mesh.Namespace }) {
		b = verdict.OneOf(append([]verdict.Possibilities{b}, anything()...), gaps) // what else the config may hold nobody can list
	}
	return root, b.Verdict()
}

// anyOf is what can be so where the mesh config may be each of some, besides the one that was walked.
func anyOf(read verdict.Possibilities, s *mesh.Snapshot, q *flow.Request, others []*meshconfig.MeshConfig, gaps []mesh.Gap) verdict.Possibilities {
	parts := []verdict.Possibilities{read}
	for _, config := range others {
		parts = append(parts, verdict.Fold(Run(s.Assume(config), q)))
	}
	return verdict.OneOf(parts, gaps)
}

// tooOld is the gap of a release of which no rule is known to hold.
func tooOld(s *mesh.Snapshot) []mesh.Gap {
	if v := s.Version.Istiod; v.Before(release.First) {
		return []mesh.Gap{{Cause: mesh.Unsupported, Detail: "Istio " + v.String()}}
	}
	return nil
}

// anything is what can come of a request of which nothing is known.
func anything() []verdict.Possibilities {
	var out []verdict.Possibilities
	for _, o := range flow.AnyOutcome() {
		out = append(out, verdict.Exactly(o))
	}
	return out
}

// maxDomains bounds the trust domains that are tried one by one: whoever writes policies does not decide how long others wait for an answer.
const maxDomains = 8

// domains are configs for the trust domains that policies name: each as the mesh's own, and as an alias. Those beyond the first few are
// aliases together.
func domains(s *mesh.Snapshot) []*meshconfig.MeshConfig {
	type key struct{}
	return mesh.Derive(s, key{}, func() []*meshconfig.MeshConfig {
		var out []*meshconfig.MeshConfig
		named := namedDomains(s)
		some := min(len(named), maxDomains)
		for _, d := range named[:some] {
			out = append(out, &meshconfig.MeshConfig{TrustDomain: d}, aliases(d))
		}
		if rest := named[some:]; len(rest) > 0 {
			out = append(out, aliases(rest...))
		}
		return out
	})
}

func aliases(domains ...string) *meshconfig.MeshConfig {
	return &meshconfig.MeshConfig{TrustDomain: "another.domain", TrustDomainAliases: domains}
}

// namedDomains lists the trust domains that policies name, but for the one that a mesh has by default.
func namedDomains(s *mesh.Snapshot) []string {
	var out []string
	seen := map[string]bool{mesh.DefaultTrustDomain: true}
	policies, _ := s.AuthorizationPolicies.All()
	for _, p := range policies {
		for _, r := range p.Spec.Rules {
			for _, v := range withTrustDomains(r) {
				d, _, _ := strings.Cut(v, "/")
				if !seen[d] && d != "" && !strings.Contains(d, "*") {
					seen[d] = true
					out = append(out, d)
				}
			}
		}
	}
	return out
}

// withTrustDomains lists the values of a rule that begin with a trust domain.
func withTrustDomains(r *security.Rule) []string {
	var out []string
	for _, f := range r.GetFrom() {
		for i := range rbac.Attributes {
			if a := &rbac.Attributes[i]; a.TrustDomain {
				values, not := a.Source(f.GetSource())
				out = append(append(out, values...), not...)
			}
		}
	}
	for _, w := range r.GetWhen() {
		if a, _, _ := rbac.ByKey(w.GetKey()); a != nil && a.TrustDomain {
			out = append(append(out, w.GetValues()...), w.GetNotValues()...)
		}
	}
	return out
}

// roots are configs for every namespace that could be the root namespace: one with policies of its own.
func roots(s *mesh.Snapshot) []*meshconfig.MeshConfig {
	var out []*meshconfig.MeshConfig
	seen := map[string]bool{mesh.DefaultRootNamespace: true}
	for _, k := range []mesh.Kind{mesh.PeerAuthentication, mesh.RequestAuthentication, mesh.AuthorizationPolicy, mesh.DestinationRule, mesh.Sidecar, mesh.EnvoyFilter} {
		for _, r := range s.Objects(k) {
			if !seen[r.Namespace] {
				seen[r.Namespace] = true
				out = append(out, &meshconfig.MeshConfig{RootNamespace: r.Namespace})
			}
		}
	}
	return out
}

const (
	registryOnly = meshconfig.MeshConfig_OutboundTrafficPolicy_REGISTRY_ONLY
	noPath       = meshconfig.MeshConfig_ProxyPathNormalization_NONE
	wholePath    = meshconfig.MeshConfig_ProxyPathNormalization_DECODE_AND_MERGE_SLASHES
)

// configs are mesh configs that differ from the default one in something that an answer can depend on.
var configs = []*meshconfig.MeshConfig{
	{OutboundTrafficPolicy: &meshconfig.MeshConfig_OutboundTrafficPolicy{Mode: registryOnly}},
	{EnableAutoMtls: wrapperspb.Bool(false)},
	{TrustDomain: "another.domain"},
	{RootNamespace: "another-root"},
	{PathNormalization: &meshconfig.MeshConfig_ProxyPathNormalization{Normalization: noPath}},
	{PathNormalization: &meshconfig.MeshConfig_ProxyPathNormalization{Normalization: wholePath}},
	{DefaultServiceExportTo: []string{"."}},
	{DefaultServiceExportTo: []string{"."}, OutboundTrafficPolicy: &meshconfig.MeshConfig_OutboundTrafficPolicy{Mode: registryOnly}},
	{DefaultVirtualServiceExportTo: []string{"."}},
	{DefaultDestinationRuleExportTo: []string{"."}},
	{EnableAutoMtls: wrapperspb.Bool(false), TrustDomain: "another.domain"},
	{DefaultConfig: &meshconfig.ProxyConfig{GatewayTopology: &meshconfig.Topology{NumTrustedProxies: 1}}},
	{DefaultConfig: &meshconfig.ProxyConfig{GatewayTopology: &meshconfig.Topology{NumTrustedProxies: 2}}},
}
