package policy

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// subjectOf is the request as the policies of a proxy see it.
func subjectOf(s *mesh.Snapshot, f flow.Flow) *Subject {
	x := &Subject{f: f, principal: f.Principal, direct: f.Wire.Source, remote: f.RemoteAddress(), joined: flow.JoinsLines(s), internal: f.Wire.Internal}
	if f.L7 {
		x.path = envoy.TrimPath(f.Message.Path)
	}
	return x
}

// ruleMatch is a rule of a policy that matches, or may match, and its name in the proxy's log.
type ruleMatch struct {
	policy *Compiled
	rule   *compiledRule
	id     string
	is     evidence.Tri
}

// evaluated is what came of all the rules of one action.
type evaluated struct {
	policies   []*Compiled // enforced ones, attached to the workload
	matches    []ruleMatch // certain and possible ones, the one that the log would name first
	candidates []flow.Candidate
	gaps       []mesh.Gap // of policies that nobody could read
	unknown    []mesh.Gap // of what the comparisons rest on
	asked      *Asking    // of the sender
}

// evaluate compares the request with all rules of an action's policies.
func (p Point) evaluate(s *mesh.Snapshot, f flow.Flow, action security.AuthorizationPolicy_Action) evaluated {
	w := p.policies(s, f, action)
	subject, tcp, allow := subjectOf(s, f), !f.L7, action == security.AuthorizationPolicy_ALLOW
	out := evaluated{policies: w.enforced, gaps: w.gaps, asked: newAsking(subject, tcp, allow, w.rules)}
	out.candidates = append(make([]flow.Candidate, 0, len(w.others)+len(w.enforced)+w.rules), w.others...)
	checks := make([]evidence.Check, 0, w.clauses)
	for _, c := range w.enforced {
		if len(c.Rules) == 0 {
			out.candidates = append(out.candidates, flow.Candidate{Ref: c.ref, Applies: true, Matches: evidence.False})
		}
		for i := range c.Rules {
			r, begin := &c.Rules[i], len(checks)
			x := flow.Candidate{Ref: r.Ref, Applies: true}
			var dropped bool
			x.Matches, dropped, checks = r.match(subject, tcp, allow, checks)
			x.Checks = checks[begin:len(checks):len(checks)]
			out.asked.of(r)
			if dropped {
				x.Why = droppedWhy(r, tcp)
			}
			out.candidates = append(out.candidates, x)
			if x.Matches != evidence.False {
				out.matches = append(out.matches, ruleMatch{c, r, p.name(c, i), x.Matches})
			}
			if x.Matches == evidence.Unknown {
				out.unknown = append(out.unknown, unknownBecause(f)...)
			}
		}
	}
	slices.SortStableFunc(out.matches, func(a, b ruleMatch) int {
		switch {
		case a.is != b.is:
			return int(b.is - a.is)
		case p.before == nil:
			return 0
		}
		return p.before(a.id, b.id)
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
	case r.why != "":
		return r.why
	case r.dropped:
		return droppedKey
	case tcp && r.lost[onTCP] && !r.lost[onHTTP]:
		return droppedTCP
	}
	return droppedBad
}

// ruleID is a rule's name in the proxy's configuration and log.
func ruleID(c *Compiled, rule int) string {
	return "ns[" + c.Namespace + "]-policy[" + c.Name + "]-rule[" + strconv.Itoa(rule) + "]"
}

// unknownBecause is why a comparison could not be made: the client's address, or its token.
func unknownBecause(f flow.Flow) []mesh.Gap {
	if f.Token.Known == evidence.Unknown {
		return f.Token.Gaps
	}
	return []mesh.Gap{{Kind: mesh.Pod, Cause: mesh.External, Detail: "--source-ip"}}
}

// denied is the answer of the RBAC filter: 403, on a TCP chain a closed connection.
func denied(f flow.Flow, why flow.Reason, id string) flow.Outcome {
	details := "rbac_access_denied_matched_policy[" + id + "]"
	if !f.L7 {
		return f.Cut(flow.Outcome{Failure: flow.Terminated, Reason: why, Details: details})
	}
	o := f.Replies(403, why, details)
	if o.GRPC == 0 {
		o.Body = "RBAC: access denied"
	}
	return o
}

// isIdentityField tells the fields of a rule that compare the peer's identity.
func isIdentityField(c evidence.Check) bool {
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
