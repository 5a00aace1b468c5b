package policy

import (
	"strconv"
	"strings"

	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Policy is an AuthorizationPolicy made ready for matching.
type Policy struct {
	*securityapi.AuthorizationPolicy
	Rules []rbac.Rule

	why    []precedence.LossReason // of the rules, that they are dropped, if not for a key that istiod does not know
	ref    mesh.Ref
	dryRun bool

	implied bool // istiod makes it itself, and ref is the field that has it do so
}

// rules is the field that holds the policy's rules.
func (p *Policy) rules() mesh.Ref {
	if p.implied {
		return p.ref
	}
	return p.ref.At("spec.rules")
}

// policyKey is all that the matching of a policy rests on.
type policyKey struct {
	policy       *securityapi.AuthorizationPolicy
	trustDomains string
	istiod       release.Release
}

// Compile makes a policy ready, once for all views of the mesh that have the same trust domains and release.
func Compile(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy) *Policy {
	return mesh.Keep(s, policyKey{p, strings.Join(s.Config.TrustDomains, "\n"), s.Version.Istiod}, func() *Policy {
		c := &Policy{AuthorizationPolicy: p, ref: policyRef(p)}
		// A value that is no bool is an error in istiod's log, and counts as false.
		c.dryRun, _ = strconv.ParseBool(p.Annotations["istio.io/dry-run"])
		w := rbac.Writer{Namespace: p.Namespace, TrustDomains: s.Config.TrustDomains, Release: s.Version.Istiod}
		for i, r := range p.Spec.Rules {
			c.add(w.Compile(c.ref.At("spec.rules["+strconv.Itoa(i)+"]"), r), "")
		}
		return c
	})
}

func (p *Policy) add(r rbac.Rule, why precedence.LossReason) {
	p.Rules, p.why = append(p.Rules, r), append(p.why, why)
}

func policyRef(p *securityapi.AuthorizationPolicy) mesh.Ref {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
}
