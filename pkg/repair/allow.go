package repair

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// nearRule is a rule that does not match, and what fails of it.
type nearRule struct {
	policy  *securityapi.AuthorizationPolicy
	rule    int
	failing []evidence.Check
	checks  []evidence.Check
}

// allow lets the request in by a rule for exactly it, and by the rule that comes nearest. Where the request lacks what rules ask for, who
// it is or its token, no rule is offered that asks for nothing of the kind.
func (i *incident) allow() []Change {
	f, ok := i.at()
	if !ok || i.o.At == nil || !literal(pathOf(f)) || f.At.Role == flow.Ztunnel && i.passes() {
		return nil
	}
	rules := i.nearRules()
	if f.At.Role == flow.ServerSidecar && i.passes() && len(rules) > 0 && slices.ContainsFunc(rules[0].failing, func(c evidence.Check) bool { return subjectOf(c) == ofIdentity }) {
		return nil // the identity is the waypoint's
	}
	short := lackingIn(i.o.At)
	if envoy.Preflight(f.Message.Method, f.Message.Headers) {
		return i.allowPreflight(f)
	}
	var out []Change
	const few = 3
	for _, r := range rules {
		if len(out) >= few || !r.openable(short) {
			continue
		}
		if c, ok := r.extended(); ok && !i.misports(r) {
			out = append(out, c)
		}
		if c, ok := r.exact(i, f); ok {
			out = append(out, c)
		}
	}
	if len(rules) == 0 && !short.Some() && !i.unreadable() {
		out = append(out, i.firstRule(f)...)
	}
	return out
}

// allowPreflight lets preflights of the path in: browsers send them without a token, and proxies do not look for one in them
// (pilot/pkg/security/authn: bypassCorsPreflight).
func (i *incident) allowPreflight(f flow.Flow) []Change {
	for ref, p := range causing(i, i.s.AuthorizationPolicies) {
		if p.Spec.Action != security.AuthorizationPolicy_ALLOW {
			continue
		}
		c := p.DeepCopy()
		c.Spec.Rules = append(c.Spec.Rules, &security.Rule{To: []*security.Rule_To{{Operation: i.exactOperation(f)}}})
		return []Change{{Code: "NextAllowPreflight", Args: []string{ref.Object().String()}, Objects: []metav1.Object{c}, preflight: true}}
	}
	return nil
}

// nearRules lists the rules that could have matched, the nearest first.
func (i *incident) nearRules() []nearRule {
	var out []nearRule
	for _, c := range i.o.At.Candidates {
		n, rest, ok := indexed(strings.TrimPrefix(c.Ref.Field, "spec.rules"))
		if c.Ref.Kind != mesh.AuthorizationPolicy || c.Matches != evidence.False || len(c.Checks) == 0 || !ok || rest != "" {
			continue
		}
		p, found, _ := i.s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
		if !found || n >= len(p.Spec.Rules) || p.Spec.Rules[n] == nil {
			continue
		}
		failing, _ := evidence.Nearest(c.Checks)
		out = append(out, nearRule{p, n, failing, c.Checks})
	}
	slices.SortStableFunc(out, func(a, b nearRule) int { return len(a.failing) - len(b.failing) })
	return out
}

// openable reports whether a rule for the request may be made of this one: nothing of a token, of a header or of an address fails, and of
// identities only that it is another, or one of those that are left out. A rule that asks neither for an identity nor for a token is no model where the request lacks one.
func (r nearRule) openable(short reach.Lacks) bool {
	for _, c := range r.failing {
		switch subjectOf(c) {
		case ofRequest:
		case ofIdentity:
			if c.Got == "" {
				return false
			}
		case ofToken:
			if c.Got == "" || negated(c) {
				return false
			}
		default:
			return false
		}
		if c.Is != evidence.False {
			return false
		}
	}
	if !short.Some() {
		return true
	}
	proven := reach.Lacks{}
	for _, c := range r.checks {
		if c.Is != evidence.True && subjectOf(c) == ofRequest || negated(c) || c.Got == "" {
			continue
		}
		switch subjectOf(c) {
		case ofIdentity:
			proven.Identity = true
		case ofToken:
			proven.Token = true
		}
	}
	return proven.Identity && !short.Token || proven.Token
}

// extended appends the request's values to the fields that fail.
func (r nearRule) extended() (Change, bool) {
	p := r.policy.DeepCopy()
	for _, c := range r.failing {
		if !extendField(p.Spec.Rules[r.rule], c) {
			return Change{}, false
		}
	}
	return Change{Code: "NextExtendAllow", Args: []string{r.name(), r.words()}, Objects: []metav1.Object{p}}, true
}

func (r nearRule) name() string {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: r.policy.Namespace, Name: r.policy.Name}.String()
}

// words says where the rule is extended.
func (r nearRule) words() string {
	var out []string
	for _, c := range r.failing {
		out = append(out, c.Field)
	}
	return strings.Join(out, ", ")
}

// extendField appends the request's value to a list of a rule.
func extendField(r *security.Rule, c evidence.Check) bool {
	list, ok := fieldOf(r, c)
	if !ok || c.Got == "" || c.Is != evidence.False {
		return false
	}
	*list = append(slices.Clone(*list), valueOf(c))
	return true
}

// valueOf is what a request has, as the field of a rule writes it.
func valueOf(c evidence.Check) string {
	if strings.HasSuffix(c.Field, ".namespaces") {
		return namespaceIn(c.Got)
	}
	return c.Got
}

// fieldOf is the list of a rule that a comparison is of; those that a change may extend.
func fieldOf(r *security.Rule, c evidence.Check) (*[]string, bool) {
	_, rest, ok := indexed(strings.TrimPrefix(c.Field, "spec.rules"))
	if !ok || c.Key != "" {
		return nil, false
	}
	if n, field, ok := indexed(strings.TrimPrefix(rest, ".from")); ok && strings.HasPrefix(rest, ".from") && n < len(r.From) {
		switch src := r.From[n].GetSource(); strings.TrimPrefix(field, ".source.") {
		case "principals":
			return &src.Principals, true
		case "requestPrincipals":
			return &src.RequestPrincipals, true
		case "namespaces":
			return &src.Namespaces, true
		}
	}
	if n, field, ok := indexed(strings.TrimPrefix(rest, ".to")); ok && strings.HasPrefix(rest, ".to") && n < len(r.To) {
		switch op := r.To[n].GetOperation(); strings.TrimPrefix(field, ".operation.") {
		case "paths":
			return &op.Paths, true
		case "methods":
			return &op.Methods, true
		case "hosts":
			return &op.Hosts, true
		case "ports":
			return &op.Ports, true
		}
	}
	return nil, false
}

// exact adds a rule that lets in this source with this method and path, and what else the nearest rule asks for.
func (r nearRule) exact(i *incident, f flow.Flow) (Change, bool) {
	p := r.policy.DeepCopy()
	near := p.Spec.Rules[r.rule].DeepCopy()
	near.From = r.from(near, f)
	near.To = r.to(i, near, f)
	if len(near.To) == 0 {
		return Change{}, false
	}
	p.Spec.Rules = append(p.Spec.Rules, near)
	return Change{Code: "NextAllowExactly", Args: []string{r.name()}, Objects: []metav1.Object{p}}, true
}

// from is the entry of the nearest rule that comes nearest, for this source alone.
func (r nearRule) from(rule *security.Rule, f flow.Flow) []*security.Rule_From {
	var src *security.Source
	for n, x := range rule.From {
		if r.nearEntry(".from["+strconv.Itoa(n)+"]") && x.GetSource() != nil {
			src = x.Source
			break
		}
	}
	if src == nil {
		src = &security.Source{}
	}
	if principal := principalOf(f); principal != "" {
		src.Principals, src.Namespaces, src.ServiceAccounts, src.TrustDomains = []string{principal}, nil, nil, nil
		// Who is named is not one of those that are left out, and may be one that the nearest rule leaves out.
		src.NotPrincipals, src.NotNamespaces, src.NotServiceAccounts, src.NotTrustDomains = nil, nil, nil, nil
	}
	if token := f.Token.Claims.Principal(); token != "" {
		src.RequestPrincipals = []string{token}
	}
	if isEmpty(src) {
		return nil
	}
	return []*security.Rule_From{{Source: src}}
}

func isEmpty(s *security.Source) bool {
	return len(s.Principals)+len(s.RequestPrincipals)+len(s.Namespaces)+len(s.ServiceAccounts)+len(s.TrustDomains)+len(s.IpBlocks)+len(s.RemoteIpBlocks)+
		len(s.NotPrincipals)+len(s.NotRequestPrincipals)+len(s.NotNamespaces)+len(s.NotServiceAccounts)+len(s.NotTrustDomains)+len(s.NotIpBlocks)+len(s.NotRemoteIpBlocks) == 0
}

// to is one operation: the request's method and path, or on a port that is not read as HTTP the port.
func (r nearRule) to(i *incident, rule *security.Rule, f flow.Flow) []*security.Rule_To {
	op := i.exactOperation(f)
	for n, x := range rule.To {
		if r.nearEntry(".to["+strconv.Itoa(n)+"]") && len(x.GetOperation().GetHosts()) > 0 && f.L7 {
			op.Hosts = []string{f.Message.Authority}
		}
	}
	return []*security.Rule_To{{Operation: op}}
}

// nearEntry reports whether an entry of a list is the one that comes nearest.
func (r nearRule) nearEntry(part string) bool {
	mark := "spec.rules[" + strconv.Itoa(r.rule) + "]" + part
	total, fails := 0, 0
	for _, c := range r.checks {
		if strings.HasPrefix(c.Field, mark) {
			total++
			if c.Is != evidence.True {
				fails++
			}
		}
	}
	near := 0
	for _, c := range r.failing {
		if strings.HasPrefix(c.Field, mark) {
			near++
		}
	}
	return total > 0 && fails == near
}

// exactOperation is what the request does, as a rule writes it.
func (i *incident) exactOperation(f flow.Flow) *security.Operation {
	if !f.L7 {
		return &security.Operation{Ports: []string{strconv.Itoa(portOf(f))}}
	}
	op := &security.Operation{Methods: []string{f.Message.Method}, Paths: []string{pathOf(f)}}
	if f.Gateway != nil {
		op.Hosts = []string{f.Message.Authority} // a gateway serves others too
	} else if i.severalPorts(f.Pod) && f.Wire.Port != 0 {
		op.Ports = []string{strconv.Itoa(portOf(f))}
	}
	return op
}

// severalPorts reports whether Services send to several ports of a pod.
func (i *incident) severalPorts(pod *corev1.Pod) bool {
	if pod == nil {
		return false
	}
	ports := map[int]bool{}
	for _, t := range i.s.Targets(pod) {
		ports[t.Number] = true
	}
	return len(ports) > 1
}

// pathOf is the path without its query.
func pathOf(f flow.Flow) string {
	path, _, _ := strings.Cut(f.Message.Path, "?")
	return path
}

// literal reports whether a path stands for itself alone where a policy names it.
func literal(path string) bool { return !strings.ContainsAny(path, "*{}") }

// firstRule gives the policies that allow nothing a rule.
func (i *incident) firstRule(f flow.Flow) []Change {
	if principalOf(f) == "" && f.Gateway == nil {
		return nil // a rule that asks for no identity lets in everybody
	}
	for _, p := range causing(i, i.s.AuthorizationPolicies) {
		if p.Spec.Action != security.AuthorizationPolicy_ALLOW {
			continue
		}
		rule := &security.Rule{To: []*security.Rule_To{{Operation: i.exactOperation(f)}}}
		if principal := principalOf(f); principal != "" {
			rule.From = []*security.Rule_From{{Source: &security.Source{Principals: []string{principal}}}}
		}
		return []Change{i.newAllow(f, rule, p)}
	}
	return nil
}

// newAllow is a policy of its own with a rule, for the workload that refused the request.
func (i *incident) newAllow(f flow.Flow, rule *security.Rule, like *securityapi.AuthorizationPolicy) Change {
	p := &securityapi.AuthorizationPolicy{ObjectMeta: metav1.ObjectMeta{Name: nameFor(nil, "allow"), Namespace: like.Namespace}}
	p.Spec.Rules = []*security.Rule{rule}
	if f.Pod != nil {
		p.Namespace = f.Pod.Namespace
		if selector := i.selectorFor(f.Pod); selector != nil {
			p.Spec.Selector = workloads(selector)
			p.Name = nameFor(selector, "allow")
		}
	}
	if _, taken, _ := i.s.AuthorizationPolicies.Get(p.Namespace, p.Name); taken {
		p.Name += "-request"
	}
	return Change{Code: "NextAllowNew", Args: []string{p.Namespace + "/" + p.Name}, Objects: []metav1.Object{p}}
}

// principalOf is the verified identity as policies write it, without the scheme.
func principalOf(f flow.Flow) string { return strings.TrimPrefix(f.Principal, "spiffe://") }

// namespaceIn is the namespace in an identity.
func namespaceIn(identity string) string {
	parts := strings.Split(identity, "/")
	for i := range len(parts) - 1 {
		if parts[i] == "ns" {
			return parts[i+1]
		}
	}
	return identity
}

// indexed reads [n] and what follows.
func indexed(s string) (n int, rest string, ok bool) {
	inner, rest, found := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !strings.HasPrefix(s, "[") || !found {
		return 0, "", false
	}
	n, err := strconv.Atoi(inner)
	return n, rest, err == nil && n >= 0
}
