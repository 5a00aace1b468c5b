package policy

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Custom asks external authorizers, before anything is known of the token. The rules of a CUSTOM policy decide whether it is asked;
// those of a provider that cannot be used refuse what they match.
//
// Check walks the call with which a proxy asks an authorizer.
func (p Point) Custom(check func(*mesh.Snapshot, flow.Flow) flow.Verdict) func(*mesh.Snapshot, flow.Flow) flow.Result {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result { return p.external(f, s, check) }
}

func (p Point) external(f flow.Flow, s *mesh.Snapshot, check func(*mesh.Snapshot, flow.Flow) flow.Verdict) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	f.Token = flow.TokenState{Known: evidence.True} // claims are not there yet
	e := p.evaluate(s, f, security.AuthorizationPolicy_CUSTOM)
	if len(e.policies) == 0 && len(e.gaps) == 0 {
		return flow.Result{}
	}
	r := flow.NothingApplies(f)
	r.Candidates, r.Senders = e.candidates, e.senders
	if len(e.gaps) > 0 {
		r = p.unread(f, r, e.gaps)
	}
	if len(e.matches) > 0 && (len(s.Config.Gaps) > 0 || s.Config.Absent) {
		// The providers stand in the mesh config, which nobody could read.
		opaque, broken := f.Replies(0, flow.CustomOpaque, "ext_authz_denied", "UAEX"), denied(f, flow.CustomBroken, "istio-ext-authz-")
		opaque.By = flow.By(flow.Cause, e.matches[0].rule.Ref, s.Config.Field("extensionProviders"))
		broken.By = opaque.By
		r.MayReject(opaque, broken)
		r.Gaps, r.Resource = s.Config.Gaps, e.matches[0].rule.Ref
		if s.Config.Absent {
			r.Gaps = []mesh.Gap{flow.NoMeshConfig(s.Config, "extensionProviders")}
		}
		return r
	}
	providers := map[string]bool{}
	for _, c := range slices.Concat(e.policies, e.dry) { // a dry run names its provider all the same
		providers[c.Spec.GetProvider().GetName()] = true
	}
	if !s.Version.Istiod.Has(release.BrokenCustomMatches) {
		if o, is := p.brokenForAll(f, s, e); is {
			r.Reject(o)
			r.Resource = o.By[0].Ref.Object()
			return r
		}
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
		if done, ok := p.authorize(f, s, name, hits, providers, e, check); ok {
			done.Candidates, done.Senders = e.candidates, e.senders
			return done
		}
	}
	return r
}

// brokenForAll is the answer to every request where a provider cannot be used, as it was before Istio 1.20
// (pilot/pkg/security/authz/builder/builder.go, default-deny-all-due-to-bad-CUSTOM-action).
func (p Point) brokenForAll(f flow.Flow, s *mesh.Snapshot, e evaluated) (flow.Outcome, bool) {
	for _, c := range e.policies {
		if x := providerOf(s, c.Spec.GetProvider().GetName()); !x.broken.IsZero() {
			o := denied(f, flow.CustomBroken, "istio-ext-authz-default-deny-all-due-to-bad-CUSTOM-action")
			o.By = flow.By(flow.Cause, c.ref, x.broken)
			return o, true
		}
	}
	return flow.Outcome{}, false
}

// unread is what CUSTOM policies may do that nobody could read: any authorizer may refuse the request. None lets in what others refuse.
func (p Point) unread(f flow.Flow, r flow.Result, gaps []mesh.Gap) flow.Result {
	r.MayReject(p.refuse(f, flow.Unread, ""))
	r.Gaps = gaps
	if f.L7 {
		r.OrElse(f.Replies(0, flow.Unread, "ext_authz_denied", "UAEX"))
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
func (p Point) authorize(f flow.Flow, s *mesh.Snapshot, name string, hits []ruleMatch, providers map[string]bool, e evaluated, check func(*mesh.Snapshot, flow.Flow) flow.Verdict) (flow.Result, bool) {
	authorizer, several := providerOf(s, name), len(providers) > 1
	enforced := slices.DeleteFunc(slices.Clone(hits), func(m ruleMatch) bool { return m.policy.dryRun })
	r := flow.Pass(f)
	r.Resource = hits[0].rule.Ref
	reject := func(o flow.Outcome, refs ...mesh.Ref) flow.Result {
		o.By = flow.By(flow.Cause, append([]mesh.Ref{r.Resource}, refs...)...)
		r.Reject(o)
		r.Args = o.Args
		if hits[0].is.IsUnknown() {
			r.Doubt(e.unknown...)
		}
		return r
	}
	prefix := "istio-ext-authz-" // (pilot/pkg/security/authz/builder/builder.go, policyName)
	if name != "" && s.Version.Istiod.Has(release.CustomNamesProvider) {
		prefix += name + "-"
	}
	id := func(m ruleMatch) string { return prefix + m.id }
	broken := !authorizer.broken.IsZero() || several
	switch {
	case !f.L7 && !authorizer.grpc && !broken:
		return flow.Result{}, false // an HTTP authorizer is not asked on a TCP chain
	case len(enforced) == 0 && !broken:
		// A dry run was meant to change nothing; its rules are installed as enforced DENY rules.
		o := denied(f, flow.CustomBroken, id(hits[0]))
		o.Args = []string{flow.CodeMark + string(flow.NoteProviderOfDryRun)}
		return reject(o, hits[0].policy.ref.At("metadata.annotations[istio.io/dry-run]")), true
	case broken:
		o := denied(f, flow.CustomBroken, id(hits[0])+"-deny-due-to-bad-CUSTOM-action")
		if several && authorizer.broken.IsZero() {
			var others []mesh.Ref
			for _, c := range e.policies {
				if c.ref != r.Resource.Object() {
					others = append(others, c.ref)
				}
			}
			o.Args = []string{flow.CodeMark + string(flow.NoteProvidersDiffer), strings.Join(sortedKeys(providers), ", ")}
			return reject(o, others...), true
		}
		o.Args = authorizer.flaw
		r = reject(o, authorizer.broken)
		if len(authorizer.hidden) > 0 {
			r.Unread(authorizer.hidden...)
			r.OrElse(o)
		}
		return r, true
	case !p.routed(s, f):
		return flow.Result{}, false // without a route nobody is asked
	}
	return asked(f, s, authorizer, r, reject, check)
}

// asked puts the check to a provider that can be used.
func asked(f flow.Flow, s *mesh.Snapshot, p provider, r flow.Result, reject func(flow.Outcome, ...mesh.Ref) flow.Result, check func(*mesh.Snapshot, flow.Flow) flow.Verdict) (flow.Result, bool) {
	answers, known, gaps := p.ask(s, f, check)
	if !known {
		own := possible(f, p)
		for i := range own {
			own[i].By = flow.By(flow.Cause, r.Resource, p.at)
		}
		// An authorizer that allows may write headers, such as the token that RequestAuthentication reads next.
		if f.L7 && (p.grpc || len(p.writes) > 0) {
			r.Next[0].Flow.Message = f.Message.Hide(p.grpc, p.writes, p.at)
		}
		r.MayReject(own[0], own[1:]...)
		r.Gaps = slices.Concat(gaps, []mesh.Gap{{Kind: mesh.MeshConfig, Cause: mesh.External, Resource: p.at}})
		r.Note, r.Args = flow.NoteCustomAsked, []string{p.name}
		return r, true
	}
	o := answers[0]
	denied := o.Kind == flow.Answered && o.Status < 500 && o.Status != 200 && !p.grpc
	if !denied && p.failOpen {
		return flow.Result{}, false
	}
	reply := failedCheck(f, p)
	refs := []mesh.Ref{p.at}
	for _, b := range o.By {
		refs = append(refs, b.Ref)
	}
	if denied {
		reply = f.Replies(o.Status, flow.CustomDenied, "ext_authz_denied", "UAEX")
		reply.Body = o.Body
	}
	if !f.L7 {
		reply = flow.Outcome{Failure: flow.Terminated, Reason: flow.CustomFailed, Args: []string{p.name}, Flags: []string{"UAEX"}}
	}
	out := reject(reply, refs...)
	out.Args = []string{p.name, strings.TrimSpace(o.Details)}
	return out, true
}

// possible are the answers to a request that an authorizer may refuse, or that may not be asked.
func possible(f flow.Flow, p provider) []flow.Outcome {
	if !f.L7 {
		return []flow.Outcome{{Failure: flow.Terminated, Reason: flow.CustomOpaque}}
	}
	out := []flow.Outcome{f.Replies(0, flow.CustomOpaque, "ext_authz_denied", "UAEX"), failedCheck(f, p)}
	if p.bodyLimit > 0 && !p.partial {
		out = append(out, f.Replies(413, flow.BodyTooLarge, "request_payload_too_large"))
	}
	return out
}

// failedCheck is the answer where an authorizer cannot be asked.
func failedCheck(f flow.Flow, p provider) flow.Outcome {
	o := f.Replies(p.onError, flow.CustomFailed, "ext_authz_error", "UAEX")
	o.Args = []string{p.name}
	return o
}
