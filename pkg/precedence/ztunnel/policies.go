package ztunnel

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Policy is an AuthorizationPolicy as ztunnel has it.
type Policy struct {
	*securityapi.AuthorizationPolicy
	Ref     mesh.Ref
	Rules   []Rule
	Implied bool // istiod makes it itself: Ref is the flag that says so, and no object has the policy's name
}

// Allows reports whether it is an ALLOW policy; the others that ztunnel has deny.
func (p *Policy) Allows() bool { return p.Spec.Action == security.AuthorizationPolicy_ALLOW }

// AsksPeer reports whether a rule compares who the peer is: its identity, or its address.
func (p *Policy) AsksPeer() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return slices.ContainsFunc(r.Clauses(), func(c Clause) bool {
			return slices.ContainsFunc(c, func(a Alternative) bool {
				return slices.ContainsFunc(a.Conditions, func(x Condition) bool { return x.Of != DestinationIP && x.Of != DestinationPort })
			})
		})
	})
}

// Policies are those that ztunnel enforces on a pod, in the order in which it looks at them: of the pod's namespace, of the whole mesh,
// then those that select the pod.
type Policies struct {
	Enforced   []*Policy
	Considered []precedence.Considered // all that were looked at; the Ref of a loser is the field that keeps it away
	Gaps       []mesh.Gap
}

const (
	dryRunAnnotation = "istio.io/dry-run"
	dryRunFlag       = "AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY"
)

// AuthorizationPolicies returns what ztunnel enforces on a pod. It says nothing of whether the pod is captured at all.
func AuthorizationPolicies(s *mesh.Snapshot, pod *corev1.Pod) Policies {
	type key struct{ *corev1.Pod }
	return *mesh.Derive(s, key{pod}, func() *Policies {
		root := s.Config.RootNamespace
		list, gaps := s.AuthorizationPolicies.In(pod.Namespace, root)
		out := &Policies{Gaps: gaps}
		scopes := map[scope][]*Policy{}
		for _, p := range list {
			in, c := attach(s, pod, p)
			out.Considered = append(out.Considered, c)
			if c.Applies {
				scopes[in] = append(scopes[in], Translate(s, p))
			}
		}
		for _, in := range []scope{ofNamespace, ofMesh, ofWorkload} {
			out.Enforced = append(out.Enforced, scopes[in]...)
		}
		own, unread := implied(s, pod)
		out.Enforced, out.Gaps = append(out.Enforced, own...), append(slices.Clone(out.Gaps), unread...)
		return out
	})
}

type scope int

const (
	ofNamespace scope = iota
	ofMesh
	ofWorkload
)

// attach decides whether a policy of the pod's namespace or of the root namespace reaches the pod (convertAuthorizationPolicy,
// buildWorkloadPolicies).
func attach(s *mesh.Snapshot, pod *corev1.Pod, p *securityapi.AuthorizationPolicy) (scope, precedence.Considered) {
	ref, root := policyRef(p), s.Config.RootNamespace
	if why, at := Unsent(s, p); why != "" {
		return 0, precedence.Considered{Ref: at, Why: why}
	}
	selector := p.Spec.GetSelector()
	switch {
	case selector == nil && p.Namespace == root:
		return ofMesh, precedence.Considered{Ref: ref, Applies: true, Why: precedence.Applies}
	case selector == nil:
		return ofNamespace, precedence.Considered{Ref: ref, Applies: true, Why: precedence.Applies}
	case len(selector.GetMatchLabels()) == 0:
		return 0, precedence.Considered{Ref: ref.At("spec.selector"), Why: EmptySelector}
	case !mesh.Selects(selector.GetMatchLabels(), pod.Labels):
		return 0, precedence.Considered{Ref: ref.At("spec.selector.matchLabels"), Why: precedence.OtherWorkload}
	}
	return ofWorkload, precedence.Considered{Ref: ref, Applies: true, Why: precedence.Applies}
}

// Unsent tells why istiod sends a policy to no ztunnel, and the field that is the reason; empty where it does.
func Unsent(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy) (precedence.LossReason, mesh.Ref) {
	ref := policyRef(p)
	// A value that is no bool is an error in istiod's log, and counts as false. Before 1.30 istiod did not look at the annotation here, and
	// ztunnel enforced what was meant to be only logged. It does so too where the flag has such policies sent, and ztunnel is older than that.
	dry, _ := strconv.ParseBool(p.Annotations[dryRunAnnotation])
	sent := s.Flag(dryRunFlag).On() && !s.Version.Ztunnel.Has(release.ZtunnelDryRun)
	if dry && !sent && !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 30}) {
		return precedence.DryRun, ref.At("metadata.annotations[" + dryRunAnnotation + "]")
	}
	if len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil {
		return precedence.TargetRefs, ref.At("spec.targetRefs")
	}
	switch p.Spec.Action {
	case security.AuthorizationPolicy_ALLOW, security.AuthorizationPolicy_DENY:
		return "", mesh.Ref{}
	}
	return ActionUnsupported, ref.At("spec.action")
}

// Translate makes a policy of what istiod sends, once for a view of the mesh.
func Translate(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy) *Policy {
	type key struct{ namespace, name string }
	return mesh.Derive(s, key{p.Namespace, p.Name}, func() *Policy {
		out := &Policy{AuthorizationPolicy: p, Ref: policyRef(p)}
		accounts := s.Version.Istiod.Has(release.ServiceAccountConditions) && s.Version.Ztunnel.Has(release.ZtunnelServiceAccounts)
		for i, r := range p.Spec.Rules {
			t := translation{out: Rule{Ref: out.Ref.At("spec.rules[" + strconv.Itoa(i) + "]")}, namespace: p.Namespace, knowsAccounts: accounts}
			out.Rules = append(out.Rules, t.translate(out.Allows(), r))
		}
		return out
	})
}

func policyRef(p *securityapi.AuthorizationPolicy) mesh.Ref {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
}
