package policy

import (
	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// verification goes through the rules as Envoy's requirement tree does: each rule in turn, then all of them together, where a rule
// without a token is content.
type verification struct {
	s          *mesh.Snapshot
	f          flow.Flow
	answer     func(*mesh.Snapshot, *flow.Request) flow.Verdict
	trust      evidence.Tri // what a signature that nobody can check is taken for
	unverified []mesh.Gap
}

// verified is what came of it.
type verified struct {
	status  envoy.Status
	rule    int // whose status it is; -1 where no rule found a token
	message flow.Message
	claims  map[string]any
	checks  []flow.Candidate
}

func (v *verification) run(rules []jwtRule) verified {
	out := verified{rule: -1, message: v.f.Message}
	final, first := envoy.Missing, -1
	statuses := make([]envoy.Status, len(rules))
	for i, r := range rules {
		out.message = sanitize(out.message, r.JWTRule)
		f := v.f
		f.Message = out.message
		status, last, where := v.rule(f, r)
		statuses[i] = status
		out.checks = append(out.checks, flow.Candidate{Ref: r.ref, Applies: true, Matches: tri(status), Checks: []evidence.Check{tokenCheck(status, r)}})
		if status == envoy.OK {
			out.status, out.rule = envoy.OK, i
			out.claims = claimsOf(last, r.JWTRule)
			for _, p := range where {
				out.message = consume(out.message, r.JWTRule, p)
			}
			out.message = output(out.message, r.JWTRule, last)
			return out
		}
		if status != envoy.Missing && first < 0 {
			first = i
		}
		// Of the statuses of the rules a later one replaces an earlier one, but an unknown issuer only the lack of any.
		if status != envoy.Missing && (status != envoy.UnknownIssuer || final == envoy.Missing) {
			final, out.rule = status, i
		}
	}
	if first < 0 {
		out.status = envoy.OK
		return out
	}
	// The branch of all rules together speaks last: with the first rule that failed.
	if statuses[first] != envoy.UnknownIssuer {
		final, out.rule = statuses[first], first
	}
	out.status = final
	return out
}

func tri(s envoy.Status) evidence.Tri {
	if s == envoy.OK {
		return evidence.True
	}
	return evidence.False
}

func tokenCheck(s envoy.Status, r jwtRule) evidence.Check {
	return evidence.Check{Comparison: &evidence.Comparison{Field: r.ref.Field, Want: []string{r.Issuer}}, Got: string(s), Is: tri(s)}
}

// rule verifies every token in the rule's places, the last collected first. The first that fails decides; of good ones the payload of
// the one verified last is kept.
func (v *verification) rule(f flow.Flow, r jwtRule) (status envoy.Status, last *envoy.Token, where []placed) {
	found := tokensOf(f, r.JWTRule)
	if len(found) == 0 {
		return envoy.Missing, nil, nil
	}
	for i := len(found) - 1; i >= 0; i-- {
		t, status := envoy.ParseToken(found[i].raw)
		if status == envoy.OK {
			status = v.token(t, r)
		}
		if status != envoy.OK {
			return status, nil, nil
		}
		last = t
		where = append(where, found[i])
	}
	return envoy.OK, last, where
}

func (v *verification) token(t *envoy.Token, r jwtRule) envoy.Status {
	if r.Issuer != "" && t.Issuer != r.Issuer {
		return envoy.UnknownIssuer
	}
	if s := t.CheckTimes(v.f.Request.Now); s != envoy.OK {
		return s
	}
	if s := t.CheckAudience(r.Audiences); s != envoy.OK {
		return s
	}
	keys, known := v.keys(r)
	if known {
		return keys.Verify(t)
	}
	if v.trust == evidence.True {
		v.unverified = append(v.unverified, mesh.Gap{Kind: mesh.RequestAuthentication, Namespace: r.ref.Namespace, Cause: mesh.Unverified, Resource: r.ref.At(r.ref.Field + ".jwksUri"), Detail: KeysAt(r.JWTRule)})
		return envoy.OK
	}
	return envoy.VerificationFail
}
