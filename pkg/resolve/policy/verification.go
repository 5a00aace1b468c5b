package policy

import (
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// verification is a request that is held against the rules of a workload.
type verification struct {
	s      *mesh.Snapshot
	f      flow.Flow
	rules  []jwtRule
	answer func(*mesh.Snapshot, *flow.Request) flow.Verdict
}

// run verifies the tokens of the request. A signature that nobody can check is taken for good, or for bad.
func (v *verification) run(trust bool) jwtauthn.Verified {
	verifier := jwtauthn.Verifier{Now: v.f.Request.Now, Lines: v.lines, TrustUnknown: trust,
		Keys: func(rule int) (*jwtauthn.Keys, bool) { return v.keys(v.rules[rule]) }}
	rules := make([]*security.JWTRule, len(v.rules))
	for i, r := range v.rules {
		rules[i] = r.JWTRule
	}
	return verifier.Verify(rules, asRequest(v.f.Message))
}

func asRequest(m flow.Message) jwtauthn.Request {
	return jwtauthn.Request{Path: m.Path, Headers: m.Headers}
}

func withRequest(m flow.Message, r jwtauthn.Request) flow.Message {
	m.Path, m.Headers = r.Path, r.Headers
	return m
}

func (v *verification) lines(r jwtauthn.Request, name string) []string {
	f := v.f
	f.Message = withRequest(f.Message, r)
	return f.HeaderLines(name, false)
}

// unverified are the gaps that come of key sets which are not known.
func (v *verification) unverified(rules []int) []mesh.Gap {
	var gaps []mesh.Gap
	for _, i := range rules {
		r := v.rules[i]
		gaps = append(gaps, mesh.Gap{Kind: mesh.RequestAuthentication, Namespace: r.ref.Namespace, Cause: mesh.Unverified, Resource: r.ref.At(r.ref.Field + ".jwksUri"),
			Detail: KeysAt(r.JWTRule)})
	}
	return gaps
}

// candidates are the rules that were asked, and what each said.
func (v *verification) candidates(statuses []jwtauthn.Status) []flow.Candidate {
	var out []flow.Candidate
	for i, s := range statuses {
		r, is := v.rules[i], evidence.Of(s == jwtauthn.OK)
		check := evidence.Check{Comparison: &evidence.Comparison{Field: r.ref.Field, Want: []string{r.Issuer}}, Got: string(s), Is: is}
		out = append(out, flow.Candidate{Ref: r.ref, Applies: true, Matches: is, Checks: []evidence.Check{check}})
	}
	return out
}
