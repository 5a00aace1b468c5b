package policy

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Allow passes what any ALLOW policy matches, and everything where there is no ALLOW policy at all; otherwise nothing allows the
// request. The name of that absence is every policy that could have.
func (p Point) Allow(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	e := p.evaluate(s, f, security.AuthorizationPolicy_ALLOW)
	r := flow.Pass(f)
	switch {
	case len(e.matches) > 0 && e.matches[0].is == evidence.True:
		r.Resource, r.Note = e.matches[0].rule.Ref, flow.NoteAllowMatched
	case len(e.policies) == 0 && len(e.gaps) == 0:
		r = flow.NothingApplies(f)
		r.Note = flow.NoteNoAllowPolicy
	default:
		p.notAllowed(s, f, e, &r)
	}
	r.Candidates, r.Senders = e.candidates, e.senders
	return r
}

// notAllowed refuses a request that no policy allows, as far as they could be read and compared.
func (p Point) notAllowed(s *mesh.Snapshot, f flow.Flow, e evaluated, r *flow.Result) {
	o := p.refuse(f, flow.RBACNoAllowMatched, "none")
	o.By = append(o.By, e.absence...)
	if len(e.policies) > 0 {
		r.Resource = e.policies[0].ref
	} else {
		o.Reason = flow.Unread
	}
	if len(e.matches) > 0 || len(e.gaps) > 0 {
		o.By = append(o.By, concealed(f, e)...)
		r.MayReject(o)
		r.Gaps = slices.Concat(e.gaps, e.unknown)
		return
	}
	o.By = append(o.By, identityBlame(f, s, e)...)
	if o.Args = lost(f, e); o.Args == nil {
		o.Args = ruleless(e)
	}
	r.Reject(o)
}

// ruleless is the clause for ALLOW policies of which none has a rule: such a policy matches nothing, so nothing is allowed (Istio:
// AuthorizationPolicy, rules).
func ruleless(e evaluated) []string {
	for _, p := range e.policies {
		if len(p.Rules) > 0 {
			return nil
		}
	}
	if len(e.policies) == 0 {
		return nil
	}
	return []string{flow.CodeMark + string(flow.NoteAllowsNothing), e.policies[0].ref.Object().String()}
}

// identityBlame: where the request would have been allowed but for its identity, the cause lies in the transport.
func identityBlame(f flow.Flow, s *mesh.Snapshot, e evaluated) []flow.Responsible {
	if f.Principal != "" || f.Wire.Chosen.IsZero() {
		return nil
	}
	subject := subjectOf(s, f)
	for _, p := range e.policies {
		for i := range p.Rules {
			if lacksOnlyIdentity(&p.Rules[i], subject, !f.L7) {
				return flow.By(flow.Cause, f.Wire.Chosen)
			}
		}
	}
	return nil
}

// lacksOnlyIdentity reports whether all that fails of an ALLOW rule are comparisons of the peer's identity.
func lacksOnlyIdentity(r *rbac.Rule, s *rbac.Subject, tcp bool) bool {
	if r.Lost(tcp, true) {
		return false
	}
	identity := false
	for c := range r.All {
		if !c.Counts(tcp) {
			continue
		}
		if _, is := c.Holds(s); is == evidence.True {
			continue
		}
		if c.Attribute.Sender != rbac.Identity {
			return false
		}
		identity = true
	}
	return identity
}
