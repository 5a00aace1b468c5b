package resolve

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// custom asks external authorizers, before anything is known of the token. The rules of a CUSTOM policy decide whether it is asked;
// those of a provider that cannot be used refuse what they match.
func custom(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed {
		return Result{}
	}
	f.Token = TokenState{Known: True} // claims are not there yet
	e := evaluate(s, f, security.AuthorizationPolicy_CUSTOM)
	if len(e.policies) == 0 && len(e.gaps) == 0 {
		return Result{}
	}
	r := passes(f)
	r.Candidates, r.Effect, r.asked = e.candidates, Idle, e.asked
	if len(e.gaps) > 0 {
		r.unread(e.gaps...)
	}
	if len(e.matches) > 0 && len(s.Config.Gaps) > 0 {
		// The providers stand in the mesh config, which nobody could read.
		r.Effect, r.Rejects, r.Reason, r.Gaps, r.Resource = Maybe, Unknown, CustomOpaque, s.Config.Gaps, e.matches[0].rule.ref
		r.With = f.replies(0, CustomOpaque, "ext_authz_denied", "UAEX")
		r.Might = []Outcome{f.denied(CustomBroken, "istio-ext-authz-")}
		return r
	}
	providers := map[string]bool{}
	for _, p := range e.policies {
		providers[p.Spec.GetProvider().GetName()] = true
	}
	for _, name := range sortedKeys(providers) {
		var hits []ruleMatch
		for _, m := range e.matches {
			if m.policy.Spec.GetProvider().GetName() == name {
				hits = append(hits, m)
			}
		}
		if len(hits) == 0 {
			continue
		}
		if done, ok := f.authorize(s, name, hits, len(providers) > 1, e); ok {
			done.Candidates, done.asked = e.candidates, e.asked
			return done
		}
	}
	return r
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// authorize is what comes of one provider whose rules match; it is not ok where the request goes on unharmed.
func (f Flow) authorize(s *mesh.Snapshot, name string, hits []ruleMatch, several bool, e evaluated) (Result, bool) {
	p := providerOf(s, name)
	enforced := slices.DeleteFunc(slices.Clone(hits), func(m ruleMatch) bool { return m.policy.dryRun })
	r := passes(f)
	r.Resource = hits[0].rule.ref
	reject := func(o Outcome, refs ...mesh.Ref) Result {
		o.By = by(Cause, append([]mesh.Ref{r.Resource}, refs...)...)
		r.Effect, r.Reason, r.Rejects, r.With = Rejected, o.Reason, True, o
		if hits[0].is == Unknown {
			r.Effect, r.Rejects, r.Gaps = Maybe, Unknown, e.unknown
		}
		return r
	}
	prefix := "istio-ext-authz-" // (pilot/pkg/security/authz/builder/builder.go, policyName)
	if name != "" {
		prefix += name + "-"
	}
	id := func(m ruleMatch) string { return prefix + m.id }
	broken := !p.broken.IsZero() || several
	switch {
	case !f.L7 && !p.grpc && !broken:
		return Result{}, false // an HTTP authorizer is not asked on a TCP chain
	case len(enforced) == 0 && !broken:
		// A dry run was meant to change nothing; its rules are installed as enforced DENY rules.
		return reject(f.denied(CustomBroken, id(hits[0])), hits[0].policy.ref.At("metadata.annotations[istio.io/dry-run]")), true
	case broken:
		o := f.denied(CustomBroken, id(hits[0])+"-deny-due-to-bad-CUSTOM-action")
		if several && p.broken.IsZero() {
			var others []mesh.Ref
			for _, c := range e.policies {
				if c.ref != r.Resource.Object() {
					others = append(others, c.ref)
				}
			}
			return reject(o, others...), true
		}
		r = reject(o, p.broken)
		if len(p.hidden) > 0 {
			r.unread(p.hidden...)
			r.Might = append(r.Might, o)
		}
		return r, true
	case f.At.Role != ServerSidecar && !f.hasGatewayRoute(s):
		return Result{}, false // without a route nobody is asked
	}
	return f.asked(s, p, r, reject)
}

// asked puts the check to a provider that can be used.
func (f Flow) asked(s *mesh.Snapshot, p provider, r Result, reject func(Outcome, ...mesh.Ref) Result) (Result, bool) {
	answers, known, gaps := p.ask(s, f)
	if !known {
		r.Effect, r.Reason, r.Rejects = Maybe, CustomOpaque, Unknown
		r.With = f.replies(0, CustomOpaque, "ext_authz_denied", "UAEX")
		r.Might = []Outcome{f.failedCheck(p)}
		if f.L7 && p.bodyLimit > 0 && !p.partial {
			o := f.replies(413, BodyTooLarge, "request_payload_too_large")
			o.By = by(Cause, p.at)
			r.Might = append(r.Might, o)
		}
		if !f.L7 {
			r.With, r.Might = Outcome{Failure: Terminated, Reason: CustomOpaque}, nil
		}
		for i := range r.Might {
			r.Might[i].By = by(Cause, r.Resource, p.at)
		}
		r.With.By = by(Cause, r.Resource, p.at)
		r.Gaps = slices.Concat(gaps, []mesh.Gap{{Kind: mesh.MeshConfig, Cause: mesh.External, Resource: p.at}})
		r.Note, r.Facts = NoteCustomAsked, []string{p.name}
		return r, true
	}
	o := answers[0]
	denied := o.Kind == Answered && o.Status < 500 && o.Status != 200 && !p.grpc
	if !denied && p.failOpen {
		return Result{}, false
	}
	reply := f.failedCheck(p)
	refs := []mesh.Ref{p.at}
	for _, b := range o.By {
		refs = append(refs, b.Ref)
	}
	if denied {
		reply = f.replies(o.Status, CustomDenied, "ext_authz_denied", "UAEX")
		reply.Body = o.Body
	}
	if !f.L7 {
		reply = Outcome{Failure: Terminated, Reason: CustomFailed, Facts: []string{p.name}, Flags: []string{"UAEX"}}
	}
	out := reject(reply, refs...)
	out.Facts = []string{p.name, strings.TrimSpace(o.Details)}
	return out, true
}

// failedCheck is the answer where an authorizer cannot be asked.
func (f Flow) failedCheck(p provider) Outcome {
	o := f.replies(p.onError, CustomFailed, "ext_authz_error", "UAEX")
	o.Facts = []string{p.name}
	return o
}
