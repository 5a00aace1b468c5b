package resolve

import (
	"net/netip"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// subjectOf is the request as the policies of a proxy see it.
func subjectOf(s *mesh.Snapshot, f Flow) *subject {
	x := &subject{f: f, principal: f.Principal, direct: f.Wire.Source, remote: f.RemoteAddress(), joined: joinsLines(s)}
	if f.L7 {
		x.path = envoy.TrimPath(f.Message.Path)
	}
	return x
}

// RemoteAddress is the client's address as the proxy makes it out: a sidecar believes the last entry of X-Forwarded-For, a gateway the
// one that its number of trusted proxies points at, and without any the connection itself
// (envoy: source/common/http/conn_manager_utility.cc).
func (f Flow) RemoteAddress() netip.Addr {
	switch {
	case f.Chain != nil:
		return f.Remote
	case !f.L7:
		return f.Wire.Source
	}
	return f.forwardedFor(1)
}

// ruleMatch is a rule of a policy that matches, or may match, and its name in the proxy's log.
type ruleMatch struct {
	policy *compiled
	rule   *compiledRule
	id     string
	is     Tri
}

// evaluated is what came of all the rules of one action.
type evaluated struct {
	policies   []*compiled // enforced ones, attached to the workload
	matches    []ruleMatch // certain and possible ones, the one that the log would name first
	candidates []Candidate
	gaps       []mesh.Gap // of policies that nobody could read
	unknown    []mesh.Gap // of what the comparisons rest on
	asked      *asking    // of the sender
}

// evaluate compares the request with all rules of an action's policies.
func evaluate(s *mesh.Snapshot, f Flow, action security.AuthorizationPolicy_Action) evaluated {
	w := policiesFor(s, f.Pod, action)
	subject, tcp, allow := subjectOf(s, f), !f.L7, action == security.AuthorizationPolicy_ALLOW
	out := evaluated{policies: w.enforced, gaps: w.gaps, asked: newAsking(subject, tcp, allow, w.rules)}
	out.candidates = append(make([]Candidate, 0, len(w.others)+len(w.enforced)+w.rules), w.others...)
	checks := make([]Check, 0, w.clauses)
	for _, c := range w.enforced {
		if len(c.rules) == 0 {
			out.candidates = append(out.candidates, Candidate{Ref: c.ref, Applies: true, Matches: False})
		}
		for i := range c.rules {
			r, begin := &c.rules[i], len(checks)
			x := Candidate{Ref: r.ref, Applies: true}
			var dropped bool
			x.Matches, dropped, checks = r.match(subject, tcp, allow, checks)
			x.Checks = checks[begin:len(checks):len(checks)]
			out.asked.of(r)
			if dropped {
				x.Why = droppedWhy(r, tcp)
			}
			out.candidates = append(out.candidates, x)
			if x.Matches != False {
				out.matches = append(out.matches, ruleMatch{c, r, ruleID(c, i), x.Matches})
			}
			if x.Matches == Unknown {
				out.unknown = append(out.unknown, f.unknownBecause()...)
			}
		}
	}
	// Envoy keeps the rules in the order of their names' bytes, and reports the first that matches.
	slices.SortStableFunc(out.matches, func(a, b ruleMatch) int {
		if a.is != b.is {
			return int(b.is - a.is)
		}
		return strings.Compare(a.id, b.id)
	})
	return out
}

// Why rules are lost.
const (
	droppedKey precedence.Why = "UnknownKey"
	droppedTCP precedence.Why = "HTTPFieldOnTCP"
	droppedBad precedence.Why = "BadValue"
)

func droppedWhy(r *compiledRule, tcp bool) precedence.Why {
	switch {
	case r.dropped:
		return droppedKey
	case tcp && r.lost[onTCP] && !r.lost[onHTTP]:
		return droppedTCP
	}
	return droppedBad
}

// ruleID is a rule's name in the proxy's configuration and log.
func ruleID(c *compiled, rule int) string {
	return "ns[" + c.Namespace + "]-policy[" + c.Name + "]-rule[" + itoa(rule) + "]"
}

// unknownBecause is why a comparison could not be made: the client's address, or its token.
func (f Flow) unknownBecause() []mesh.Gap {
	if f.Token.Known == Unknown {
		return f.Token.Gaps
	}
	return []mesh.Gap{{Kind: mesh.Pod, Cause: mesh.External, Detail: "--source-ip"}}
}

// denied is the answer of the RBAC filter: 403, on a TCP chain a closed connection.
func (f Flow) denied(why Reason, id string) Outcome {
	details := "rbac_access_denied_matched_policy[" + id + "]"
	if !f.L7 {
		return *f.fails(Outcome{Failure: Terminated, Reason: why, Details: details}).failed
	}
	o := f.replies(403, why, details)
	if o.GRPC == 0 {
		o.Body = "RBAC: access denied"
	}
	return o
}

// isIdentityField tells the fields of a rule that compare the peer's identity.
func isIdentityField(c Check) bool {
	if strings.HasPrefix(c.Key, "source.") {
		return c.Key != "source.ip"
	}
	field := strings.Replace(c.Field, ".not", ".", 1)
	for _, name := range []string{".principals", ".namespaces", ".serviceAccounts", ".trustDomains"} {
		if strings.HasSuffix(strings.ToLower(field), strings.ToLower(name)) {
			return true
		}
	}
	return false
}
