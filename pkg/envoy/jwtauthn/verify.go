package jwtauthn

import (
	"strings"
	"time"

	security "istio.io/api/security/v1beta1"
)

// Verifier verifies the tokens of a request by rules.
type Verifier struct {
	Now   time.Time
	Lines Lines

	// Keys returns the key set of a rule; known is false where nobody can say what is in it.
	Keys func(rule int) (keys *Keys, known bool)

	// TrustUnknown takes a signature for good that is to be checked with keys which are not known, otherwise for bad.
	TrustUnknown bool
}

// Verified is what came of the rules.
type Verified struct {
	Status     Status
	Rule       int     // whose status it is; -1 where no rule found a token
	Request    Request // as the filters behind this one see it
	Claims     Claims  // of the token that a rule is content with; nil without one
	Trials     []Trial // of the rules, up to the one that is content
	Unverified []int   // the rules whose keys are not known, once for each token that was taken for good
}

// Trial is what came of one rule.
type Trial struct {
	Status Status
	Place  string // where the token stood that decided: a header, parameter or cookie by its name; empty where there was none
	Token  *Token // that decided; nil where there was none, or what was there is no token
	Prefix bool   // the value of the header begins with "Bearer ", and the rule names no prefix
}

// Verify goes through the rules as Envoy's requirement tree does: each rule in turn, then all of them together, where a rule without a token
// is content (istio: pilot/pkg/security/authn/policy_applier.go; envoy: source/extensions/filters/http/jwt_authn/verifier.cc).
func (v *Verifier) Verify(rules []*security.JWTRule, r Request) Verified {
	out := Verified{Rule: -1, Request: r}
	final, first := Missing, -1
	for i, rule := range rules {
		out.Request = out.Request.Sanitized(rule)
		trial, where := v.rule(&out, i, rule)
		out.Trials = append(out.Trials, trial)
		status, last := trial.Status, trial.Token
		if status == OK {
			out.Status, out.Rule = OK, i
			out.Claims = claimsOf(last, rule)
			for _, t := range where {
				out.Request = out.Request.consume(rule, t)
			}
			out.Request = out.Request.output(rule, last)
			return out
		}
		if status != Missing && first < 0 {
			first = i
		}
		// Of the statuses of the rules a later one replaces an earlier one, but an unknown issuer only the lack of any.
		if status != Missing && (status != UnknownIssuer || final == Missing) {
			final, out.Rule = status, i
		}
	}
	if first < 0 {
		out.Status = OK
		return out
	}
	// The branch of all rules together speaks last: with the first rule that failed.
	if s := out.Trials[first].Status; s != UnknownIssuer {
		final, out.Rule = s, first
	}
	out.Status = final
	return out
}

// rule verifies every token in the rule's places, the last collected first. The first that fails decides; of good ones the payload of
// the one verified last is kept.
func (v *Verifier) rule(out *Verified, i int, rule *security.JWTRule) (trial Trial, where []located) {
	found := extract(out.Request, v.Lines, rule)
	if len(found) == 0 {
		return Trial{Status: Missing}, nil
	}
	for j := len(found) - 1; j >= 0; j-- {
		t, status := ParseToken(found[j].raw)
		if status == OK {
			status = v.token(out, i, rule, t)
		}
		trial = Trial{Status: status, Place: found[j].place(), Token: t, Prefix: strings.HasPrefix(found[j].raw, "Bearer ")}
		if status != OK {
			return trial, nil
		}
		where = append(where, found[j])
	}
	return trial, where
}

func (v *Verifier) token(out *Verified, i int, rule *security.JWTRule, t *Token) Status {
	if rule.Issuer != "" && t.Issuer != rule.Issuer {
		return UnknownIssuer
	}
	if s := t.CheckTimes(v.Now); s != OK {
		return s
	}
	if s := t.CheckAudience(rule.Audiences); s != OK {
		return s
	}
	keys, known := v.Keys(i)
	switch {
	case known:
		return keys.Verify(t)
	case v.TrustUnknown:
		out.Unverified = append(out.Unverified, i)
		return OK
	}
	return VerificationFail
}
