package repair

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// exclude takes the request out of the DENY rules that match it. A rule is narrowed, never removed; and a rule that matches because the
// request lacks an identity, a token or a header is left as it is.
func (i *incident) exclude() []Change {
	f, ok := i.at()
	if !ok || i.o.At == nil || lackingIn(i.o.At).Some() || !literal(pathOf(f)) {
		return nil
	}
	if c, ok := i.exceptPort(f); ok {
		return c
	}
	var all [3][]metav1.Object // by way of narrowing, over all policies that deny
	ways := [3]func(*security.Rule, flow.Flow) []*security.Rule{exceptRequest, exceptSource, exceptPath}
	var names []string
	for _, p := range i.denying() {
		names = append(names, mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.policy.Namespace, Name: p.policy.Name}.String())
		for n, way := range ways {
			if c, ok := p.narrowed(f, way); ok {
				all[n] = append(all[n], c)
			}
		}
	}
	var out []Change
	named := strings.Join(names, ", ")
	for n, c := range [3]Change{
		{Code: "NextExcludeRequest", Args: []string{named, principalOf(f), pathOf(f)}},
		{Code: "NextExcludeSource", Args: []string{named, principalOf(f)}},
		{Code: "NextExcludePath", Args: []string{named, pathOf(f)}},
	} {
		if c.Code == "NextExcludePath" && i.deniesByCaller() {
			continue // it would be open to every caller that the rules are there for
		}
		if len(all[n]) == len(names) && len(names) > 0 {
			c.Objects = all[n]
			out = append(out, c)
		}
	}
	return out
}

// deniesByCaller reports whether rules that match look at who calls, and not at the request alone.
func (i *incident) deniesByCaller() bool {
	for _, c := range i.o.At.Candidates {
		if c.Matches == evidence.True && slices.ContainsFunc(c.Checks, func(x evidence.Check) bool { return subjectOf(x) != ofRequest }) {
			return true
		}
	}
	return false
}

// exceptPort keeps rules with fields of HTTP away from a port that is not read as HTTP, where they deny everything else that they ask for
// (pilot/pkg/security/authz/builder: fields of HTTP are left out of DENY rules on TCP).
func (i *incident) exceptPort(f flow.Flow) ([]Change, bool) {
	if f.L7 || f.At.Role == flow.Ztunnel { // at a ztunnel the port may well be HTTP, and the rule the only one that keeps somebody out
		return nil, false
	}
	var objects []metav1.Object
	var names []string
	for _, p := range i.denying() {
		c, ok := p.narrowed(f, func(r *security.Rule, f flow.Flow) []*security.Rule {
			c := r.DeepCopy()
			for _, x := range c.To {
				op := x.GetOperation()
				if len(op.GetPaths())+len(op.GetNotPaths())+len(op.GetMethods())+len(op.GetNotMethods())+len(op.GetHosts())+len(op.GetNotHosts()) == 0 {
					return nil
				}
				op.NotPorts = append(slices.Clone(op.NotPorts), strconv.Itoa(portOf(f)))
			}
			if len(c.To) == 0 {
				return nil
			}
			return []*security.Rule{c}
		})
		if !ok {
			return nil, false
		}
		objects = append(objects, c)
		names = append(names, mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.policy.Namespace, Name: p.policy.Name}.String())
	}
	if len(objects) == 0 {
		return nil, false
	}
	return []Change{{Code: "NextExcludePort", Args: []string{strings.Join(names, ", "), strconv.Itoa(portOf(f))}, Objects: objects}}, true
}

// denyingPolicy is a policy with the rules of it that match.
type denyingPolicy struct {
	policy *securityapi.AuthorizationPolicy
	rules  []int
}

// denying lists the policies that match, those that would refuse the request too among them.
func (i *incident) denying() []denyingPolicy {
	var out []denyingPolicy
	for _, c := range i.o.At.Candidates {
		n, rest, ok := indexed(strings.TrimPrefix(c.Ref.Field, "spec.rules"))
		if c.Ref.Kind != mesh.AuthorizationPolicy || c.Matches != evidence.True || !ok || rest != "" {
			continue
		}
		p, found, _ := i.s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
		if !found || p.Spec.Action != security.AuthorizationPolicy_DENY || n >= len(p.Spec.Rules) {
			continue
		}
		at := slices.IndexFunc(out, func(d denyingPolicy) bool { return d.policy == p })
		if at < 0 {
			at = len(out)
			out = append(out, denyingPolicy{policy: p})
		}
		out[at].rules = append(out[at].rules, n)
	}
	return out
}

// narrowed replaces each rule that matches by what a way of narrowing leaves of it.
func (d denyingPolicy) narrowed(f flow.Flow, way func(*security.Rule, flow.Flow) []*security.Rule) (metav1.Object, bool) {
	p := d.policy.DeepCopy()
	p.Spec.Rules = nil
	for n, r := range d.policy.Spec.Rules {
		if !slices.Contains(d.rules, n) {
			p.Spec.Rules = append(p.Spec.Rules, r.DeepCopy())
			continue
		}
		left := way(r, f)
		if left == nil {
			return nil, false
		}
		p.Spec.Rules = append(p.Spec.Rules, left...)
	}
	return p, true
}

// exceptSource leaves a rule for all sources but this one.
func exceptSource(r *security.Rule, f flow.Flow) []*security.Rule {
	principal := principalOf(f)
	if principal == "" {
		return nil
	}
	c := r.DeepCopy()
	if len(c.From) == 0 {
		c.From = []*security.Rule_From{{Source: &security.Source{}}}
	}
	for _, x := range c.From {
		if x.Source == nil {
			x.Source = &security.Source{}
		}
		x.Source.NotPrincipals = append(slices.Clone(x.Source.NotPrincipals), principal)
	}
	return []*security.Rule{c}
}

// exceptPath leaves a rule for all paths but this one; on a port that is not read as HTTP there are none.
func exceptPath(r *security.Rule, f flow.Flow) []*security.Rule {
	if !f.L7 {
		return nil
	}
	c := r.DeepCopy()
	if len(c.To) == 0 {
		c.To = []*security.Rule_To{{Operation: &security.Operation{}}}
	}
	for _, x := range c.To {
		if x.Operation == nil {
			x.Operation = &security.Operation{}
		}
		x.Operation.NotPaths = append(slices.Clone(x.Operation.NotPaths), pathOf(f))
	}
	return []*security.Rule{c}
}

// exceptRequest leaves a rule for all but this request: one for other sources, one for this source's other paths, and one for the other
// methods of the path.
func exceptRequest(r *security.Rule, f flow.Flow) []*security.Rule {
	others, paths := exceptSource(r, f), exceptPath(r, f)
	if others == nil || paths == nil {
		return nil
	}
	own := paths[0]
	if len(own.From) == 0 {
		own.From = []*security.Rule_From{{Source: &security.Source{}}}
	}
	for _, x := range own.From {
		if x.Source == nil {
			x.Source = &security.Source{}
		}
		if len(x.Source.Namespaces)+len(x.Source.Principals)+len(x.Source.ServiceAccounts) > 0 {
			x.Source.Namespaces, x.Source.ServiceAccounts = nil, nil
		}
		x.Source.Principals = []string{principalOf(f)}
	}
	out := slices.Concat(others, []*security.Rule{own})
	if other := exceptMethod(own, f); other != nil && len(r.To) < 2 {
		out = append(out, other)
	}
	return out
}

// exceptMethod is a rule for the other methods of the path; nil where the rule is for the request's method alone.
func exceptMethod(own *security.Rule, f flow.Flow) *security.Rule {
	c := own.DeepCopy()
	op := c.To[0].Operation
	if slices.Equal(op.Methods, []string{f.Message.Method}) {
		return nil
	}
	op.NotPaths = slices.DeleteFunc(op.NotPaths, func(p string) bool { return p == pathOf(f) })
	op.Paths = []string{pathOf(f)}
	op.NotMethods = append(slices.Clone(op.NotMethods), f.Message.Method)
	return c
}
