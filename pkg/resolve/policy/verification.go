package policy

import (
	"strings"

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

	barriersOf map[string]barrier // by the address of a key set
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
func (v *verification) candidates(trials []jwtauthn.Trial) []flow.Candidate {
	var out []flow.Candidate
	for i, t := range trials {
		r, is := v.rules[i], evidence.Of(t.Status == jwtauthn.OK)
		out = append(out, flow.Candidate{Ref: r.ref, Applies: true, Matches: is, Checks: []evidence.Check{v.check(i, t, is)}})
	}
	return out
}

// check is the comparison that decided of a rule: the field that the token does not fit, where it is one field, else the rule as a whole.
func (v *verification) check(i int, t jwtauthn.Trial, is evidence.Tri) evidence.Check {
	r := v.rules[i]
	x := evidence.Check{Comparison: &evidence.Comparison{Field: r.ref.Field, Want: []string{r.Issuer}}, Got: string(t.Status), Is: is}
	switch t.Status {
	case jwtauthn.Missing:
		x.Comparison = &evidence.Comparison{Field: r.ref.Field + ".from", Want: jwtauthn.Places(r.JWTRule)}
		x.Got = ""
	case jwtauthn.UnknownIssuer:
		x.Comparison = &evidence.Comparison{Field: r.ref.Field + ".issuer", Want: []string{r.Issuer}}
		x.Got = t.Token.Issuer
	case jwtauthn.AudienceRefused:
		x.Comparison = &evidence.Comparison{Field: r.ref.Field + ".audiences", Want: r.Audiences}
		x.Got = strings.Join(t.Token.Audience, ",")
	case jwtauthn.NoFittingKey:
		if keys, _ := v.keys(r); t.Token.Kid != "" && len(keys.Kids()) > 0 {
			x.Comparison = &evidence.Comparison{Field: keysField(r), Key: "kid", Want: keys.Kids()}
			x.Got = t.Token.Kid
		}
	}
	return x
}

// keysField is the field of a rule that its keys come from.
func keysField(r jwtRule) string {
	if r.Jwks != "" {
		return r.ref.Field + ".jwks"
	}
	return r.ref.Field + ".jwksUri"
}
