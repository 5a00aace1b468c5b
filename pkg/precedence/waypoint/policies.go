package waypoint

import (
	"slices"

	typeapi "istio.io/api/type/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Why a policy is not enforced at a waypoint, beside those of other proxies.
const (
	// NoTargetRefs is so of policies that have a selector, or neither: a waypoint ignores them, even where the selector fits its own pods.
	NoTargetRefs precedence.LossReason = "NoTargetRefs"
	// ForeignTarget is so of policies that name the right Service or Gateway, but stand in another namespace than it.
	ForeignTarget precedence.LossReason = "ForeignTarget"
	// NotWorkloadTraffic is so of policies for a Service where the client dialled a pod.
	NotWorkloadTraffic precedence.LossReason = "NotWorkloadTraffic"
)

// Target is what a client dialled through a waypoint: the policies are chosen by it, before any route.
type Target struct {
	Gateway mesh.Ref   // the waypoint
	Host    *mesh.Host // nil where it is a pod's own address
}

type targetKey struct {
	kind          mesh.Kind
	gateway, host mesh.Ref
}

func (t Target) key(kind mesh.Kind) targetKey {
	k := targetKey{kind: kind, gateway: t.Gateway}
	if t.Host != nil {
		k.host = t.Host.Ref
	}
	return k
}

// AuthorizationPolicies returns what a waypoint enforces for a target (pilot/pkg/model/authorization.go, ListAuthorizationPolicies).
func AuthorizationPolicies(s *mesh.Snapshot, t Target) precedence.Attached[*securityapi.AuthorizationPolicy] {
	return *mesh.Derive(s, t.key(mesh.AuthorizationPolicy), func() *precedence.Attached[*securityapi.AuthorizationPolicy] {
		out := &precedence.Attached[*securityapi.AuthorizationPolicy]{}
		for _, ns := range t.namespaces(s.Config.RootNamespace, t.Gateway.Namespace) {
			list, gaps := s.AuthorizationPolicies.In(ns)
			out.Gaps = append(out.Gaps, gaps...)
			for _, p := range list {
				ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
				c := t.attaches(s, ref, p.Spec.GetTargetRef(), p.Spec.GetTargetRefs())
				if c.Applies {
					out.Policies = append(out.Policies, p)
				}
				out.Considered = append(out.Considered, c)
			}
		}
		return out
	})
}

// RequestAuthentications returns what a waypoint enforces for a target, those of its own namespace first
// (pilot/pkg/model/authentication.go, getConfigsForWorkload).
func RequestAuthentications(s *mesh.Snapshot, t Target) precedence.Attached[*securityapi.RequestAuthentication] {
	return *mesh.Derive(s, t.key(mesh.RequestAuthentication), func() *precedence.Attached[*securityapi.RequestAuthentication] {
		out := &precedence.Attached[*securityapi.RequestAuthentication]{}
		for _, ns := range t.namespaces(t.Gateway.Namespace, s.Config.RootNamespace) {
			list, gaps := s.RequestAuthentications.In(ns)
			out.Gaps = append(out.Gaps, gaps...)
			for _, p := range list {
				ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
				c := t.attaches(s, ref, p.Spec.GetTargetRef(), p.Spec.GetTargetRefs())
				if c.Applies {
					out.Policies = append(out.Policies, p)
				}
				out.Considered = append(out.Considered, c)
			}
		}
		return out
	})
}

// namespaces are those whose policies are looked at, each once.
func (t Target) namespaces(list ...string) []string {
	if t.Host != nil {
		list = append(list, t.Host.Namespace)
	}
	var out []string
	for _, ns := range list {
		if !slices.Contains(out, ns) {
			out = append(out, ns)
		}
	}
	return out
}

// attaches decides on one policy: one of its targetRefs is enough (pilot/pkg/model/policyattachment.go, ShouldAttachPolicy).
func (t Target) attaches(s *mesh.Snapshot, ref mesh.Ref, single *typeapi.PolicyTargetReference, refs []*typeapi.PolicyTargetReference) precedence.Considered {
	if len(refs) == 0 && single != nil {
		refs = []*typeapi.PolicyTargetReference{single}
	}
	if len(refs) == 0 {
		return precedence.Considered{Ref: ref, Why: NoTargetRefs}
	}
	why := precedence.TargetRefs
	for _, r := range refs {
		is, nearly := t.meant(s, ref, r)
		if is {
			return precedence.Considered{Ref: ref, Applies: true, Why: precedence.Applies}
		}
		if nearly != "" {
			why = nearly
		}
	}
	return precedence.Considered{Ref: ref.At("spec.targetRefs"), Why: why}
}

// meant reports whether an entry of targetRefs means the target, and if not what it misses it by.
func (t Target) meant(s *mesh.Snapshot, policy mesh.Ref, r *typeapi.PolicyTargetReference) (is bool, nearly precedence.LossReason) {
	group := r.GetGroup()
	if group == "core" {
		group = ""
	}
	switch {
	case group == "" && r.GetKind() == "Service":
		return t.meansHost(policy, r, func(h *mesh.Host) bool { return h.Kube })
	case group == "networking.istio.io" && r.GetKind() == "ServiceEntry":
		return t.meansHost(policy, r, func(h *mesh.Host) bool { return h.Entry != nil })
	case group == "gateway.networking.k8s.io" && r.GetKind() == "GatewayClass":
		if r.GetName() != mesh.WaypointClass || s.Version.Istiod.Before(release.Release{Major: 1, Minor: 25}) {
			return false, ""
		}
		if policy.Namespace != s.Config.RootNamespace {
			return false, ForeignTarget
		}
		return true, ""
	case group == "gateway.networking.k8s.io" && r.GetKind() == "Gateway" && r.GetName() == t.Gateway.Name:
		if policy.Namespace != t.Gateway.Namespace || r.GetNamespace() != "" && r.GetNamespace() != t.Gateway.Namespace {
			return false, ForeignTarget
		}
		return true, ""
	}
	return false, ""
}

// meansHost compares the name, and the policy's namespace with the host's; a namespace in the entry itself is not looked at.
func (t Target) meansHost(policy mesh.Ref, r *typeapi.PolicyTargetReference, kind func(*mesh.Host) bool) (is bool, nearly precedence.LossReason) {
	switch {
	case t.Host == nil:
		return false, NotWorkloadTraffic
	case !kind(t.Host) || t.Host.Ref.Name != r.GetName():
		return false, ""
	case policy.Namespace != t.Host.Namespace:
		return false, ForeignTarget
	}
	return true, ""
}
