package policy

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ruleMatch is a rule of a policy that matches, or may match, and its name in the proxy's log.
type ruleMatch struct {
	policy *Policy
	rule   *rbac.Rule
	id     string
	is     evidence.Tri
}

// evaluated is what came of all the rules of one action.
type evaluated struct {
	policies   []*Policy   // enforced ones, attached to the workload
	dry        []*Policy   // attached ones that only run dry
	matches    []ruleMatch // certain and possible ones, the one that the log would name first
	candidates []flow.Candidate
	gaps       []mesh.Gap // of policies that nobody could read
	unknown    []mesh.Gap // of what the comparisons rest on
	senders    *rbac.SenderRules
	absence    []flow.Responsible // the rules of all enforced ones
}

// evaluate compares the request with all rules of an action's policies.
func (p Point) evaluate(s *mesh.Snapshot, f flow.Flow, action security.AuthorizationPolicy_Action) evaluated {
	w := p.policies(s, f, action)
	subject, tcp, allow := subjectOf(s, f), !f.L7, action == security.AuthorizationPolicy_ALLOW
	out := evaluated{policies: w.enforced, dry: w.dry, gaps: w.gaps, absence: w.absence,
		senders: &rbac.SenderRules{Subject: subject, TCP: tcp, Allow: allow, Rules: make([]*rbac.Rule, 0, w.rules)}}
	out.candidates = append(make([]flow.Candidate, 0, len(w.others)+len(w.enforced)+w.rules), w.others...)
	checks := make([]evidence.Check, 0, w.conditions)
	for _, c := range w.enforced {
		if len(c.Rules) == 0 {
			out.candidates = append(out.candidates, flow.Candidate{Ref: c.ref, Applies: true, Matches: evidence.False})
		}
		for i := range c.Rules {
			r, begin := &c.Rules[i], len(checks)
			x := flow.Candidate{Ref: r.Ref, Applies: true}
			if r.Lost(tcp, allow) {
				x.Matches, x.Why = evidence.False, droppedWhy(c, i, tcp)
			} else {
				x.Matches, checks = r.Match(subject, tcp, checks)
			}
			x.Checks = checks[begin:len(checks):len(checks)]
			out.senders.Add(r)
			out.candidates = append(out.candidates, x)
			if x.Matches != evidence.False {
				out.matches = append(out.matches, ruleMatch{c, r, p.name(c, i), x.Matches})
			}
			if x.Matches.IsUnknown() {
				out.unknown = append(out.unknown, f.Gaps(x.Matches.Because())...)
			}
		}
	}
	slices.SortStableFunc(out.matches, func(a, b ruleMatch) int {
		switch {
		case a.is.Compare(b.is) != 0:
			return b.is.Compare(a.is)
		case p.before == nil:
			return 0
		}
		return p.before(a.id, b.id)
	})
	return out
}

// Why rules are lost.
const (
	droppedKey precedence.LossReason = "UnknownKey"
	droppedTCP precedence.LossReason = "HTTPFieldOnTCP"
	droppedBad precedence.LossReason = "BadValue"
)

func droppedWhy(c *Policy, i int, tcp bool) precedence.LossReason {
	r := &c.Rules[i]
	switch {
	case c.why[i] != "":
		return c.why[i]
	case r.Dropped:
		return droppedKey
	case tcp && r.LostOnTCP():
		return droppedTCP
	}
	return droppedBad
}

// ruleID is a rule's name in the proxy's configuration and log.
func ruleID(c *Policy, rule int) string {
	return "ns[" + c.Namespace + "]-policy[" + c.Name + "]-rule[" + strconv.Itoa(rule) + "]"
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
