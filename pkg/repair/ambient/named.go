package ambient

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
)

// Wanted reports whether policies for a pod ask for connections to come through a waypoint: an ALLOW rule names the waypoint's identity, or a
// DENY rule excepts it. Without that, going through the waypoint only hides the client from rules that are there for it.
func Wanted(s *mesh.Snapshot, pod *corev1.Pod, w Waypoint) bool {
	return slices.ContainsFunc(ztunnel.AuthorizationPolicies(s.ForZtunnels(), pod).Enforced, func(p *ztunnel.Policy) bool {
		if p.Allows() {
			return names(p.AuthorizationPolicy, w, positive)
		}
		return names(p.AuthorizationPolicy, w, negative)
	})
}

// values are the identities that a source names, of principals and of service accounts; those of a condition come by its key.
type values func(*security.Source, *security.Condition) (principals, accounts []string)

func positive(x *security.Source, w *security.Condition) (principals, accounts []string) {
	switch w.GetKey() {
	case "source.principal":
		principals = w.GetValues()
	case "source.serviceAccount":
		accounts = w.GetValues()
	}
	return append(principals, x.GetPrincipals()...), append(accounts, x.GetServiceAccounts()...)
}

func negative(x *security.Source, w *security.Condition) (principals, accounts []string) {
	switch w.GetKey() {
	case "source.principal":
		principals = w.GetNotValues()
	case "source.serviceAccount":
		accounts = w.GetNotValues()
	}
	return append(principals, x.GetNotPrincipals()...), append(accounts, x.GetNotServiceAccounts()...)
}

// names reports whether some rule of a policy names the identity of a waypoint's pods, and not by a pattern that others match too.
func names(p *securityapi.AuthorizationPolicy, w Waypoint, of values) bool {
	is := func(principals, accounts []string) bool {
		return slices.ContainsFunc(principals, func(v string) bool { return strings.HasSuffix(v, "/ns/"+w.Ref.Namespace+"/sa/"+w.Account) }) ||
			slices.ContainsFunc(accounts, func(v string) bool {
				return v == w.Ref.Namespace+"/"+w.Account || v == w.Account && p.Namespace == w.Ref.Namespace
			})
	}
	return slices.ContainsFunc(p.Spec.Rules, func(r *security.Rule) bool {
		return slices.ContainsFunc(r.GetFrom(), func(f *security.Rule_From) bool { return is(of(f.GetSource(), nil)) }) ||
			slices.ContainsFunc(r.GetWhen(), func(c *security.Condition) bool { return is(of(nil, c)) })
	})
}
