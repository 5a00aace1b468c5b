package walk

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// PeerRef points at a PeerAuthentication.
func PeerRef(p *securityapi.PeerAuthentication) mesh.Ref {
	return mesh.Ref{Kind: mesh.PeerAuthentication, Namespace: p.Namespace, Name: p.Name}
}

// Field is a list of values in a rule of an AuthorizationPolicy.
type Field struct {
	Rule   int
	Path   string // spec.rules[0].to[1].operation.notPaths
	Name   string // as in from and to, without not: paths; a condition's key where there is no such field
	Not    bool
	Values []string
}

// Attribute returns what the field asks about; nil for a condition whose key is none of Istio's.
func (f Field) Attribute() *rbac.Attribute { return attribute(f.Name) }

func attribute(name string) *rbac.Attribute {
	if a, _ := rbac.ByField(name); a != nil {
		return a
	}
	a, _, _ := rbac.ByKey(name)
	return a
}

// Fields lists the values of a policy's rules in their order.
func Fields(p *securityapi.AuthorizationPolicy) []Field {
	var out []Field
	for i, r := range p.Spec.GetRules() {
		at := "spec.rules[" + strconv.Itoa(i) + "]"
		for j, f := range r.GetFrom() {
			out = append(out, Source(i, at+".from["+strconv.Itoa(j)+"].source", f.GetSource())...)
		}
		for j, t := range r.GetTo() {
			out = append(out, Operation(i, at+".to["+strconv.Itoa(j)+"].operation", t.GetOperation())...)
		}
		for j, c := range r.GetWhen() {
			name := rbac.SameField(c.GetKey())
			path := at + ".when[" + strconv.Itoa(j) + "]"
			out = append(out, Field{i, path + ".values", name, false, c.GetValues()}, Field{i, path + ".notValues", name, true, c.GetNotValues()})
		}
	}
	return slices.DeleteFunc(out, func(f Field) bool { return len(f.Values) == 0 })
}

// Source lists the fields of a rule's source that have values, those that must hold and those that must not; at is the field of the source.
func Source(rule int, at string, s *security.Source) []Field {
	return entry(rule, at, func(a *rbac.Attribute) (values, not []string) { return a.Source(s) })
}

// Operation lists the fields of a rule's operation that have values, those that must hold and those that must not; at is the field of the operation.
func Operation(rule int, at string, o *security.Operation) []Field {
	return entry(rule, at, func(a *rbac.Attribute) (values, not []string) { return a.Operation(o) })
}

func entry(rule int, at string, of func(*rbac.Attribute) (values, not []string)) []Field {
	var out []Field
	for i := range rbac.Attributes {
		a := &rbac.Attributes[i]
		values, not := of(a)
		if len(values) > 0 {
			out = append(out, Field{rule, at + "." + a.Field, a.Field, false, values})
		}
		if len(not) > 0 {
			out = append(out, Field{rule, at + "." + a.Negated(), a.Field, true, not})
		}
	}
	return out
}

// Policies are those that act on what passes a proxy: attached to its pod, enforced, and with a say in what becomes of the request.
func (h *Hop) Policies() []*securityapi.AuthorizationPolicy {
	return slices.DeleteFunc(slices.Clone(precedence.AuthorizationPolicies(h.View, h.Pod).Policies), func(p *securityapi.AuthorizationPolicy) bool {
		return IsDryRun(p) || p.Spec.Action == security.AuthorizationPolicy_AUDIT
	})
}

// Known reports whether all policies of a proxy could be read.
func (h *Hop) Known() bool {
	return len(precedence.AuthorizationPolicies(h.View, h.Pod).Gaps) == 0 && len(precedence.RequestAuthentications(h.View, h.Pod).Gaps) == 0
}

// IsDryRun reports whether a policy only runs dry; what is no bool counts as false.
func IsDryRun(p *securityapi.AuthorizationPolicy) bool {
	dry, _ := strconv.ParseBool(p.Annotations["istio.io/dry-run"])
	return dry
}

// PolicyRef points at an AuthorizationPolicy.
func PolicyRef(p *securityapi.AuthorizationPolicy) mesh.Ref {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
}

// Candidates are the rules of an action as the filter of that action compared them.
func (h *Hop) Candidates(a security.AuthorizationPolicy_Action) []flow.Candidate {
	name := map[security.AuthorizationPolicy_Action]string{security.AuthorizationPolicy_ALLOW: "allow", security.AuthorizationPolicy_DENY: "deny",
		security.AuthorizationPolicy_CUSTOM: "custom"}[a]
	if r := h.Stage(name); r != nil {
		return r.Candidates
	}
	return nil
}

// Refused reports whether no ALLOW rule of the proxy lets the request in.
func (h *Hop) Refused() bool { return h.Ends(flow.RBACNoAllowMatched) }

// RequestAuthenticationRef points at a RequestAuthentication.
func RequestAuthenticationRef(p *securityapi.RequestAuthentication) mesh.Ref {
	return mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
}
