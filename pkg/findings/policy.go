package findings

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// field is a list of values in a rule of an AuthorizationPolicy.
type field struct {
	rule   int
	path   string // spec.rules[0].to[1].operation.notPaths
	name   string // as in from and to, without not: paths; a condition's key where there is no such field
	not    bool
	values []string
}

// sameAs names the fields that conditions compare the same thing as.
var sameAs = map[string]string{"source.principal": "principals", "source.namespace": "namespaces", "source.serviceAccount": "serviceAccounts",
	"source.trustDomain": "trustDomains", "source.ip": "ipBlocks", "remote.ip": "remoteIpBlocks", "destination.port": "ports",
	"request.auth.principal": "requestPrincipals", "request.headers[:method]": "methods"}

// fields lists the values of a policy's rules in their order.
func fields(p *securityapi.AuthorizationPolicy) []field {
	var out []field
	for i, r := range p.Spec.GetRules() {
		at := "spec.rules[" + itoa(i) + "]"
		for j, f := range r.GetFrom() {
			out = append(out, source(i, at+".from["+itoa(j)+"].source", f.GetSource())...)
		}
		for j, t := range r.GetTo() {
			out = append(out, operation(i, at+".to["+itoa(j)+"].operation", t.GetOperation())...)
		}
		for j, c := range r.GetWhen() {
			name := c.GetKey()
			if same, ok := sameAs[name]; ok {
				name = same
			}
			path := at + ".when[" + itoa(j) + "]"
			out = append(out, field{i, path + ".values", name, false, c.GetValues()}, field{i, path + ".notValues", name, true, c.GetNotValues()})
		}
	}
	return slices.DeleteFunc(out, func(f field) bool { return len(f.values) == 0 })
}

func source(rule int, at string, s *security.Source) []field {
	return pairs(rule, at, []pair{
		{"principals", s.GetPrincipals(), s.GetNotPrincipals()}, {"requestPrincipals", s.GetRequestPrincipals(), s.GetNotRequestPrincipals()},
		{"namespaces", s.GetNamespaces(), s.GetNotNamespaces()}, {"serviceAccounts", s.GetServiceAccounts(), s.GetNotServiceAccounts()},
		{"trustDomains", s.GetTrustDomains(), s.GetNotTrustDomains()}, {"ipBlocks", s.GetIpBlocks(), s.GetNotIpBlocks()},
		{"remoteIpBlocks", s.GetRemoteIpBlocks(), s.GetNotRemoteIpBlocks()},
	})
}

func operation(rule int, at string, o *security.Operation) []field {
	return pairs(rule, at, []pair{
		{"hosts", o.GetHosts(), o.GetNotHosts()}, {"ports", o.GetPorts(), o.GetNotPorts()},
		{"methods", o.GetMethods(), o.GetNotMethods()}, {"paths", o.GetPaths(), o.GetNotPaths()},
	})
}

type pair struct {
	name     string
	yes, not []string
}

func pairs(rule int, at string, list []pair) []field {
	var out []field
	for _, p := range list {
		out = append(out, field{rule, at + "." + p.name, p.name, false, p.yes},
			field{rule, at + ".not" + strings.ToUpper(p.name[:1]) + p.name[1:], p.name, true, p.not})
	}
	return out
}

// policies are those that act on what passes a proxy: attached to its pod, enforced, and with a say in what becomes of the request.
func (h *hop) policies() []*securityapi.AuthorizationPolicy {
	return slices.DeleteFunc(slices.Clone(precedence.AuthorizationPolicies(h.view, h.pod).Policies), func(p *securityapi.AuthorizationPolicy) bool {
		return isDryRun(p) || p.Spec.Action == security.AuthorizationPolicy_AUDIT
	})
}

// known tells whether all policies of a proxy could be read.
func (h *hop) known() bool {
	return len(precedence.AuthorizationPolicies(h.view, h.pod).Gaps) == 0 && len(precedence.RequestAuthentications(h.view, h.pod).Gaps) == 0
}

// isDryRun: what is no bool counts as false.
func isDryRun(p *securityapi.AuthorizationPolicy) bool {
	dry, _ := strconv.ParseBool(p.Annotations["istio.io/dry-run"])
	return dry
}

func policyRef(p *securityapi.AuthorizationPolicy) mesh.Ref {
	return mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: p.Namespace, Name: p.Name}
}

// candidates are the rules of an action as the filter of that action compared them.
func (h *hop) candidates(a security.AuthorizationPolicy_Action) []flow.Candidate {
	name := map[security.AuthorizationPolicy_Action]string{security.AuthorizationPolicy_ALLOW: "allow", security.AuthorizationPolicy_DENY: "deny",
		security.AuthorizationPolicy_CUSTOM: "custom"}[a]
	if r := h.stage(name); r != nil {
		return r.Candidates
	}
	return nil
}

// refused tells whether no ALLOW rule of the proxy lets the request in.
func (h *hop) refused() bool { return h.ends(flow.RBACNoAllowMatched) }
