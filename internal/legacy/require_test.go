package legacy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	security "istio.io/api/security/v1beta1"
)

var somePaths = []string{"/", "/a", "/a/b", "/a/b/c", "/b", "/b.c", "/c/a", "/c"}

// A call is what the decision on tokens looks at: the path, the issuer of a valid token, and whether it is a CORS preflight.
type call struct {
	path, issuer string
	preflight    bool
}

// The rules that stand for trigger rules refuse exactly what they refused, and more only where that is said.
func TestRulesRefuseWhatTriggersRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 4))
	differ := 0
	for range 3000 {
		d := randomDemand(random)
		r := Resource{}
		rules := butPreflights(d.rules(true, &r))
		for _, path := range somePaths {
			for _, issuer := range []string{"", "i0", "i1", "i2"} {
				if issuer != "" && !slices.ContainsFunc(d.methods, func(j *jwt) bool { return j.Issuer == issuer }) {
					continue // such a token is not verified, so it is none
				}
				for _, preflight := range []bool{false, true} {
					c := call{path, issuer, preflight}
					before, now := d.refused(c), slices.ContainsFunc(rules, func(rule *security.Rule) bool { return fits(rule, c) })
					if before == now {
						continue
					}
					if before || len(r.NotSame) == 0 {
						t.Fatalf("%+v: refused %v before, %v now\n%s\n%v", c, before, now, describe(d), rules)
					}
					differ++
				}
			}
		}
	}
	if differ == 0 {
		t.Error("no case in which more is refused and said to be; the generator misses them")
	}
}

func randomDemand(random *rand.Rand) demand {
	match := func() stringMatch {
		text := []string{"/a", "/a/", "/a/b", "b", "/", "c", "/c"}[random.IntN(7)]
		switch random.IntN(4) {
		case 0:
			return stringMatch{Prefix: &text}
		case 1:
			return stringMatch{Suffix: &text}
		}
		return stringMatch{Exact: &text}
	}
	list := func() (out []stringMatch) {
		for range random.IntN(3) {
			out = append(out, match())
		}
		return out
	}
	d := demand{preflight: true}
	for i := range 1 + random.IntN(3) {
		j := &jwt{Issuer: fmt.Sprint("i", i)}
		for range random.IntN(3) {
			j.TriggerRules = append(j.TriggerRules, triggerRule{list(), list()})
		}
		d.methods = append(d.methods, j)
	}
	return d
}

// refused is the decision of 1.4 (src/envoy/http/authn/origin_authenticator.cc, run).
func (d demand) refused(c call) bool {
	triggered := false
	for _, j := range d.methods {
		on := len(j.TriggerRules) == 0
		for _, r := range j.TriggerRules {
			hit := func(m stringMatch) bool {
				return m.Exact != nil && *m.Exact == c.path || m.Prefix != nil && strings.HasPrefix(c.path, *m.Prefix) ||
					m.Suffix != nil && strings.HasSuffix(c.path, *m.Suffix)
			}
			on = on || !slices.ContainsFunc(r.ExcludedPaths, hit) &&
				(len(r.IncludedPaths) == 0 || slices.ContainsFunc(r.IncludedPaths, hit))
		}
		if on && j.Issuer == c.issuer {
			return false
		}
		triggered = triggered || on
	}
	return triggered && !c.preflight
}

// fits is the meaning of those fields of a rule that these rules have.
func fits(r *security.Rule, c call) bool {
	principal := func(list []string) bool {
		return c.issuer != "" && (slices.Contains(list, "*") || slices.Contains(list, c.issuer+"/*"))
	}
	path := func(p string) bool { return covers(p, c.path) }
	for _, f := range r.From {
		if principal(f.Source.NotRequestPrincipals) || len(f.Source.RequestPrincipals) > 0 && !principal(f.Source.RequestPrincipals) {
			return false
		}
	}
	if len(r.When) > 0 && c.preflight {
		return false // the header is there
	}
	return len(r.To) == 0 || slices.ContainsFunc(r.To, func(to *security.Rule_To) bool {
		o := to.Operation
		return (len(o.Paths) == 0 || slices.ContainsFunc(o.Paths, path)) && !slices.ContainsFunc(o.NotPaths, path) &&
			!(c.preflight && slices.Contains(o.NotMethods, "OPTIONS"))
	})
}

func describe(d demand) string {
	var out []string
	show := func(list []stringMatch) (s []string) {
		for _, m := range list {
			v, _ := m.pattern()
			s = append(s, v)
		}
		return s
	}
	for _, j := range d.methods {
		for _, r := range j.TriggerRules {
			out = append(out, fmt.Sprintf("%s: in %q not %q", j.Issuer, show(r.IncludedPaths), show(r.ExcludedPaths)))
		}
		if len(j.TriggerRules) == 0 {
			out = append(out, j.Issuer+": always")
		}
	}
	return strings.Join(out, "\n")
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		regex, want string
		ok          bool
	}{
		{`/healthz`, "/healthz", true},
		{`^/api/v1/.*$`, "/api/v1/*", true},
		{`.*\.html`, "*.html", true},
		{`.*`, "*", true},
		{`/a\.b`, "/a.b", true},
		{`/a.b`, "", false},
		{`/a\.*`, "", false},
		{`.*/x/.*`, "", false},
		{`/(a|b)`, "", false},
		{`/\d`, "", false},
		{`/a\*`, "", false},
		{`/[ab]`, "", false},
		{`\`, "", false},
		{``, "", true},
	} {
		if got, ok := (stringMatch{Regex: &c.regex}).pattern(); got != c.want || ok != c.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", c.regex, got, ok, c.want, c.ok)
		}
	}
	star := "/a*b"
	if _, ok := (stringMatch{Prefix: &star}).pattern(); ok {
		t.Error("a star of the path became a pattern")
	}
}
