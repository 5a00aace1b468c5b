package policy

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// widened is the clause for a DENY rule that matches bytes, and would not be the rule that it is but for what is left out of it: on a port that
// is not read as HTTP a rule keeps its other fields (pilot/pkg/security/authz/model/model.go). It is empty where something of the rule is left.
func widened(f flow.Flow, m ruleMatch) []string {
	field := firstHTTP(m.rule)
	if f.L7 || field == "" {
		return nil
	}
	for c := range m.rule.All {
		if c.Counts(true) {
			return nil
		}
	}
	return []string{flow.CodeMark + string(flow.NoteDenyOfBytes), field, strconv.Itoa(f.Wire.Port)}
}

// lost is the clause for ALLOW rules of which none can match bytes, as each asks for something that only HTTP has.
func lost(f flow.Flow, e evaluated) []string {
	if f.L7 || len(e.policies) == 0 {
		return nil
	}
	first := ""
	for _, p := range e.policies {
		for i := range p.Rules {
			r := &p.Rules[i]
			if !r.LostOnTCP() {
				return nil
			}
			if first == "" {
				first = firstHTTP(r)
			}
		}
	}
	if first == "" {
		return nil
	}
	return []string{flow.CodeMark + string(flow.NoteAllowOfBytes), first, strconv.Itoa(f.Wire.Port)}
}

// firstHTTP is the first field of a rule that only HTTP has; empty where there is none.
func firstHTTP(r *rbac.Rule) string {
	for c := range r.All {
		if !c.Counts(true) {
			return c.Field
		}
	}
	return ""
}

// concealed is responsible for an address that nobody knows, where a policy compares it: kube-proxy puts its node's in place of the client's.
func concealed(f flow.Flow, e evaluated) []flow.Responsible {
	for _, g := range e.unknown {
		if !f.Concealed.IsZero() && g.Kind == mesh.Service && g.Resource == f.Concealed {
			return flow.By(flow.Cause, f.Concealed)
		}
	}
	return nil
}
