package policy

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// jwtRule is a rule of a RequestAuthentication and where it stands.
type jwtRule struct {
	*security.JWTRule
	ref mesh.Ref
}

// jwtRules joins the rules of all attached RequestAuthentications, in the order of their issuers; rules of one issuer keep their order
// (pilot/pkg/security/authn/policy_applier.go). A rule whose keys the proxy refuses is left out: see nacked.Frozen.
func jwtRules(a precedence.Attached[*securityapi.RequestAuthentication]) ([]jwtRule, precedence.Considerations) {
	var rules []jwtRule
	for _, p := range a.Policies {
		for i, r := range p.Spec.JwtRules {
			ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name, Field: "spec.jwtRules[" + strconv.Itoa(i) + "]"}
			if r.Jwks != "" {
				if _, ok := jwtauthn.CachedKeys(r.Jwks); !ok {
					continue
				}
			}
			rules = append(rules, jwtRule{r, ref})
		}
	}
	slices.SortStableFunc(rules, func(a, b jwtRule) int { return strings.Compare(a.Issuer, b.Issuer) })
	return rules, precedence.Considerations{List: a.Considered, Gaps: a.Gaps}
}

// RequestAuthentication verifies the client's token. A request without a token passes, and one passes as soon as one rule is content
// with all tokens in its own places; otherwise it is refused.
//
// Answer walks the request with which istiod would fetch a key set, to tell whether istiod can have got it.
func (p Point) RequestAuthentication(answer func(*mesh.Snapshot, *flow.Request) flow.Verdict) func(*mesh.Snapshot, flow.Flow) flow.Result {
	return func(s *mesh.Snapshot, f flow.Flow) flow.Result { return p.authenticate(s, f, answer) }
}

func (p Point) authenticate(s *mesh.Snapshot, f flow.Flow, answer func(*mesh.Snapshot, *flow.Request) flow.Verdict) flow.Result {
	if f.NotIntercepted || !f.L7 {
		f.Token = flow.TokenState{Known: evidence.True}
		return flow.Unseen(f)
	}
	rules, considered := jwtRules(p.authentications(s, f))
	f.Token = flow.TokenState{Known: evidence.True}
	if len(rules) == 0 && len(considered.Gaps) == 0 {
		r := flow.NothingApplies(f)
		r.Candidates = flow.Candidates(considered.List)
		return r
	}
	if envoy.Preflight(f.Message.Method, f.Message.Headers) {
		// What rules write is dropped all the same.
		came := f.Message
		f.RoutedBy = &came
		for _, rule := range rules {
			f.Message = withRequest(f.Message, asRequest(f.Message).Sanitized(rule.JWTRule))
		}
		r := flow.Pass(f)
		r.Note, r.Candidates = flow.NotePreflightSkipsToken, flow.Candidates(considered.List)
		if len(considered.Gaps) > 0 && carriesAnything(f, "origin", "access-control-request-method", "access-control-request-headers") {
			r.Unread(considered.Gaps...)
		}
		return r
	}
	v := verification{s: s, f: f, rules: rules, answer: answer}
	good := v.run(true)
	r := v.result(good)
	r.Candidates = append(flow.Candidates(considered.List), r.Candidates...)
	if len(good.Unverified) > 0 && !f.Request.AssumeJWTValid {
		if bad := v.run(false); bad.Status != good.Status {
			r = v.either(good, bad)
			r.Gaps = v.unverified(good.Unverified)
			r.Candidates = append(flow.Candidates(considered.List), r.Candidates...)
		}
	}
	requires(f, &r, rules)
	if len(considered.Gaps) > 0 && carriesAnything(f) {
		return hiddenTokenRules(f, r, considered.Gaps)
	}
	if len(f.Message.Hidden.By) > 0 && hidesToken(f, rules) {
		return writtenToken(f, r, rules)
	}
	return r
}

// requires: of a rule that asks for its token to be there (JWTRule.presence, Istio 1.32) it is not worked out which requests it refuses, but for
// the one rule of all whose token has been verified.
func requires(f flow.Flow, r *flow.Result, rules []jwtRule) {
	i := slices.IndexFunc(rules, func(x jwtRule) bool { return x.Presence == security.JWTRule_REQUIRED })
	if i < 0 || r.Rejects() != evidence.False || len(rules) == 1 && r.Next[0].Flow.Token.Claims.Principal() != "" {
		return
	}
	at := rules[i].ref.At(rules[i].ref.Field + ".presence")
	o := f.Replies(401, flow.Unmodelled, "")
	o.By = flow.By(flow.Cause, at)
	r.MayReject(o)
	r.Gaps = append(r.Gaps, mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Unsupported, Resource: at})
}

// hidesToken reports whether an extension may have written a header in which a rule looks for its token.
func hidesToken(f flow.Flow, rules []jwtRule) bool {
	for _, rule := range rules {
		names := []string{"authorization"}
		for _, h := range rule.FromHeaders {
			names = append(names, h.Name)
		}
		if slices.ContainsFunc(names, f.Message.Hides) {
			return true
		}
	}
	return false
}

// hiddenTokenRules: a RequestAuthentication that nobody could read may refuse what looks like a token, or know it; and it may drop and write
// headers, which routes and policies behind it look at. What the rules that are known refuse, one of its rules may be content with.
func hiddenTokenRules(f flow.Flow, r flow.Result, gaps []mesh.Gap) flow.Result {
	r.Gaps = append(r.Gaps, gaps...)
	next := f
	if r.Rejects() == evidence.False {
		next = r.Next[0].Flow
	}
	r.MayReject(next.Replies(401, flow.Unread, ""), append([]flow.Outcome{next.Replies(403, flow.Unread, "")}, flow.AnyAnswer()...)...)
	next.Token.Known, next.Token.Gaps = evidence.Unknown, gaps
	r.Next = []flow.Branch{{Flow: next, Share: 1}}
	return r
}

// writtenToken: an extension or an authorizer may have written the token, so that what the client sent says nothing of it.
func writtenToken(f flow.Flow, r flow.Result, rules []jwtRule) flow.Result {
	by := f.Message.Hidden.By
	refused := f.Replies(401, flow.TokenWritten, "jwt_authn_access_denied{Jwt_verification_fails}")
	refused.By, refused.Args = flow.By(flow.Cause, append([]mesh.Ref{rules[0].ref}, by...)...), []string{by[0].String()}
	r.Gaps = append(r.Gaps, f.Message.HiddenGaps()...)
	next := f
	if r.Rejects() == evidence.False {
		next = r.Next[0].Flow
	}
	r.MayReject(refused)
	next.Token.Known, next.Token.Gaps = evidence.Unknown, f.Message.HiddenGaps()
	r.Resource, r.Next = rules[0].ref, []flow.Branch{{Flow: next, Share: 1}}
	return r
}

// carriesAnything reports whether the request has anything in which a token could be found, besides what every client sends.
func carriesAnything(f flow.Flow, but ...string) bool {
	usual := append([]string{"user-agent", "accept", "content-type", "content-length", "x-forwarded-for", "x-forwarded-proto"}, but...)
	return strings.Contains(f.Message.Path, "?") ||
		slices.ContainsFunc(f.Message.Headers, func(h flow.Header) bool { return !slices.Contains(usual, h.Name) })
}

// result makes a stage's result of a verification.
func (v *verification) result(o jwtauthn.Verified) flow.Result {
	f := v.f
	next := f
	next.Message = withRequest(f.Message, o.Request)
	next.Token = flow.TokenState{Known: evidence.True, Claims: o.Claims}
	r := flow.Pass(next)
	r.Candidates = v.candidates(o.Trials)
	switch {
	case o.Status != jwtauthn.OK:
		at := v.rules[o.Rule].ref
		reply := f.Replies(o.Status.Code(), flow.TokenRefused, "jwt_authn_access_denied{"+strings.ReplaceAll(string(o.Status), " ", "_")+"}")
		if !f.Message.Headers.IsGRPC() {
			reply.Body = string(o.Status)
		}
		reply.By = append(flow.By(flow.Cause, at), v.barriers(v.rules[o.Rule], o.Status)...)
		r.Reject(reply)
		r.Resource, r.Args = at, append([]string{string(o.Status)}, v.told(o.Rule, o.Trials)...)
		// What stands behind a refused token sees the request as it came.
		r.Next[0].Flow = f
	case o.Rule >= 0:
		r.Note, r.Resource = flow.NoteTokenVerified, v.rules[o.Rule].ref
		r.Args = principalOf(o.Claims)
	default:
		r.Note = flow.NoteTokenAbsent
		if len(v.rules) > 0 {
			r.Resource, r.Args = v.rules[0].ref, v.overlooked()
		}
		// The filter has looked its route up already, and asks for another one only after a token (clear_route_cache): headers that it
		// drops lest they be forged have chosen the route.
		came := f.Message
		r.Next[0].Flow.RoutedBy = &came
	}
	return r
}

// either is the result where it is not known whether a signature is good.
func (v *verification) either(good, bad jwtauthn.Verified) flow.Result {
	r, refused := v.result(good), v.result(bad)
	if r.Rejects() == evidence.True {
		return r
	}
	r.MayReject(refused.Outcome())
	r.Resource, r.Args, r.Note = refused.Resource, refused.Args, flow.NoteTokenUnverified
	return r
}
