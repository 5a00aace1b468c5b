package resolve

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// jwtRule is a rule of a RequestAuthentication and where it stands.
type jwtRule struct {
	*security.JWTRule
	ref mesh.Ref
}

// jwtRules joins the rules of all attached RequestAuthentications, in the order of their issuers; rules of one issuer keep their order
// (pilot/pkg/security/authn/policy_applier.go). A rule whose keys the proxy refuses is left out: see frozen.
func jwtRules(s *mesh.Snapshot, f Flow) ([]jwtRule, precedence.Considerations) {
	a := precedence.RequestAuthentications(s, f.Pod)
	var rules []jwtRule
	for _, p := range a.Policies {
		for i, r := range p.Spec.JwtRules {
			ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name, Field: "spec.jwtRules[" + itoa(i) + "]"}
			if r.Jwks != "" {
				if _, ok := cachedKeys(r.Jwks); !ok {
					continue
				}
			}
			rules = append(rules, jwtRule{r, ref})
		}
	}
	slices.SortStableFunc(rules, func(a, b jwtRule) int { return strings.Compare(a.Issuer, b.Issuer) })
	return rules, precedence.Considerations{List: a.Considered, Gaps: a.Gaps}
}

// requestAuthentication verifies the client's token. A request without a token passes, and one passes as soon as one rule is content
// with all tokens in its own places; otherwise it is refused.
func requestAuthentication(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed || !f.L7 {
		f.Token = TokenState{Known: True}
		return silent(f)
	}
	rules, considered := jwtRules(s, f)
	f.Token = TokenState{Known: True}
	if len(rules) == 0 && len(considered.Gaps) == 0 {
		r := idle(f)
		r.Candidates = candidates(considered.List)
		return r
	}
	if f.preflight() {
		// What rules write is dropped all the same.
		came := f.Message
		f.RoutedBy = &came
		for _, rule := range rules {
			f.Message = f.Message.sanitize(rule.JWTRule)
		}
		r := passes(f)
		r.Note, r.Candidates = NotePreflightSkipsToken, candidates(considered.List)
		if len(considered.Gaps) > 0 && f.carriesAnything("origin", "access-control-request-method", "access-control-request-headers") {
			r.unread(considered.Gaps...)
		}
		return r
	}
	v := verification{s: s, f: f, trust: True}
	good := v.run(rules)
	r := good.result(f, rules)
	r.Candidates = append(candidates(considered.List), r.Candidates...)
	if len(v.unverified) > 0 && !f.Request.AssumeJWTValid {
		v.trust = False
		if bad := v.run(rules); bad.status != good.status {
			r = good.either(bad, f, rules)
			r.Gaps = v.unverified
			r.Candidates = append(candidates(considered.List), r.Candidates...)
		}
	}
	if len(considered.Gaps) > 0 && f.carriesAnything() {
		return f.hiddenTokenRules(r, considered.Gaps)
	}
	return r
}

// hiddenTokenRules: a RequestAuthentication that nobody could read may refuse what looks like a token, or know it; and it may drop and write
// headers, which routes and policies behind it look at. What the rules that are known refuse, one of its rules may be content with.
func (f Flow) hiddenTokenRules(r Result, gaps []mesh.Gap) Result {
	r.Gaps = append(r.Gaps, gaps...)
	next := f
	if r.Rejects == False {
		next = r.Next[0].Flow
	}
	r.Effect, r.Rejects, r.Reason, r.With = Maybe, Unknown, Unread, next.replies(401, Unread, "")
	r.Might = append([]Outcome{next.replies(403, Unread, "")}, anyAnswer()...)
	next.Token.Known, next.Token.Gaps = Unknown, gaps
	r.Next = []Branch{{next, 1}}
	return r
}

// carriesAnything tells whether the request has anything in which a token could be found, besides what every client sends.
func (f Flow) carriesAnything(but ...string) bool {
	usual := append([]string{"user-agent", "accept", "content-type", "content-length", "x-forwarded-for", "x-forwarded-proto"}, but...)
	return strings.Contains(f.Message.Path, "?") ||
		slices.ContainsFunc(f.Message.Headers, func(h Header) bool { return !slices.Contains(usual, h.Name) })
}

// preflight: browsers ask without a token whether they may send one; such requests are not verified.
func (f Flow) preflight() bool {
	origin, _ := f.Message.Headers.Get("origin")
	asks, _ := f.Message.Headers.Get("access-control-request-method")
	return f.Message.Method == "OPTIONS" && origin != "" && asks != ""
}

// result makes a stage's result of a verification.
func (o verified) result(f Flow, rules []jwtRule) Result {
	next := f
	next.Message = o.message
	next.Token = TokenState{Known: True, Claims: o.claims}
	r := passes(next)
	r.Candidates = o.checks
	switch {
	case o.status != envoy.OK:
		r.Effect, r.Reason, r.Rejects = Rejected, TokenRefused, True
		r.Resource, r.Facts = rules[o.rule].ref, []string{string(o.status)}
		r.With = f.replies(o.status.Code(), TokenRefused, "jwt_authn_access_denied{"+strings.ReplaceAll(string(o.status), " ", "_")+"}")
		r.With.Body = string(o.status)
		if f.isGRPC() {
			r.With.Body = ""
		}
		r.With.By = by(Cause, rules[o.rule].ref)
		// What stands behind a refused token sees the request as it came.
		r.Next[0].Flow = f
	case o.rule >= 0:
		r.Note, r.Resource = NoteTokenVerified, rules[o.rule].ref
		r.Facts = []string{next.Token.RequestPrincipal()}
	default:
		r.Note = NoteTokenAbsent
		if len(rules) > 0 {
			r.Resource = rules[0].ref
		}
		// The filter has looked its route up already, and asks for another one only after a token (clear_route_cache): headers that it
		// drops lest they be forged have chosen the route.
		came := f.Message
		r.Next[0].Flow.RoutedBy = &came
	}
	return r
}

// either is the result where it is not known whether a signature is good.
func (o verified) either(bad verified, f Flow, rules []jwtRule) Result {
	r := o.result(f, rules)
	refused := bad.result(f, rules)
	if r.Rejects == True {
		return r
	}
	r.Effect, r.Rejects, r.Reason, r.With, r.Resource = Maybe, Unknown, TokenRefused, refused.With, refused.Resource
	r.Facts, r.Note = refused.Facts, NoteTokenUnverified
	return r
}

// silent hands a flow on without a row in the table.
func silent(f Flow) Result {
	return Result{Effect: Silent, Rejects: False, Next: []Branch{{f, 1}}}
}
