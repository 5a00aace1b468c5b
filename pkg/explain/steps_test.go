package explain

import (
	"slices"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// go test ./pkg/explain -run '^$' -fuzz FuzzPairs
func FuzzPairs(f *testing.F) {
	for _, s := range [][2]string{{"", ""}, {"abc", "abc"}, {"abc", "bc"}, {"abc", "axc"}, {"xy", "yx"}, {"aab", "aba"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 50 || len(b) > 50 {
			return
		}
		var first, second []int
		pairs(len(a), len(b), func(i, j int) bool { return a[i] == b[j] }, func(i, j int) {
			if i >= 0 && j >= 0 && a[i] != b[j] || i < 0 && j < 0 {
				t.Errorf("%q %q: %d and %d are a pair", a, b, i, j)
			}
			if i >= 0 {
				first = append(first, i)
			}
			if j >= 0 {
				second = append(second, j)
			}
		})
		if !inOrder(first, len(a)) || !inOrder(second, len(b)) {
			t.Errorf("%q %q: %v %v", a, b, first, second)
		}
	})
}

func inOrder(got []int, n int) bool {
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	return slices.Equal(got, want) || n == 0 && len(got) == 0
}

func stage(name string, effect flow.Effect, policy string) Stage {
	s := Stage{Stage: name, Effect: effect, Reason: name + string(effect)}
	if policy != "" {
		s.Resource = &mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: "bar", Name: policy}
	}
	return s
}

func answer(stages ...Stage) *Explanation {
	e := &Explanation{Verdict: Verdict{Settled: true, Outcomes: []Outcome{{Result: flow.Reaches}}}}
	if stages[len(stages)-1].Effect == flow.Rejected {
		e.Verdict.Outcomes[0] = Outcome{Result: flow.Answered, Status: 403}
	}
	e.Hops = []Hop{{Role: RoleServer, Proxy: flow.Party{Namespace: "bar", Name: "httpbin"}, Stages: stages}}
	return e
}

// TestPart: the first step at which two answers part is one that decides otherwise, not one that names somebody else.
func TestPart(t *testing.T) {
	mtls := stage("peerAuthentication", flow.Passes, "")
	other := mtls
	other.Text = "as somebody else"
	for name, row := range map[string]struct {
		a, b *Explanation
		want string
	}{
		"the same":                               {answer(mtls, stage("allow", flow.Passes, "x")), answer(mtls, stage("allow", flow.Passes, "x")), ""},
		"only the words differ":                  {answer(mtls, stage("allow", flow.Passes, "x")), answer(other, stage("allow", flow.Passes, "x")), ""},
		"one is refused":                         {answer(mtls, stage("allow", flow.Passes, "x")), answer(other, stage("allow", flow.Rejected, "x")), "allow"},
		"other policies decide":                  {answer(stage("deny", flow.Passes, "x"), stage("allow", flow.Passes, "y")), answer(stage("deny", flow.Passes, "z"), stage("allow", flow.Passes, "y")), "deny"},
		"one has a step more":                    {answer(mtls), answer(stage("deny", flow.Rejected, "x"), mtls, stage("allow", flow.Rejected, "x")), "deny"},
		"what no table shows counts for nothing": {answer(stage("codec", flow.Passes, ""), mtls), answer(stage("codec", flow.Idle, ""), mtls), ""},
	} {
		got := ""
		if s := Part(row.a, row.b); s != nil {
			for _, p := range []*Placed{s.First, s.Second} {
				if p != nil {
					got = p.Stage.Stage
				}
			}
		}
		if got != row.want {
			t.Errorf("%s: they part at %q, want %q", name, got, row.want)
		}
	}
}

// TestChange: the first line of a comparison says what becomes of the verdict.
func TestChange(t *testing.T) {
	verdict := func(summary, reason string) *Explanation {
		return &Explanation{Verdict: Verdict{Settled: true, Summary: summary + "   sleep.foo -> httpbin.bar:8000   GET /", Outcomes: []Outcome{{Reason: flow.Reason(reason)}}}}
	}
	for _, row := range []struct {
		before, after *Explanation
		want          string
	}{
		{verdict("DENIED 403", "a"), verdict("REACHES", "b"), "DENIED 403 becomes REACHES   sleep.foo -> httpbin.bar:8000   GET /"},
		{verdict("DENIED 403", "a"), verdict("DENIED 403", "b"), "DENIED 403 as before, for another reason   sleep.foo -> httpbin.bar:8000   GET /"},
		{verdict("DENIED 403", "a"), verdict("DENIED 403", "a"), "DENIED 403, as before   sleep.foo -> httpbin.bar:8000   GET /"},
	} {
		if got := Compare(row.before, row.after).Summary; got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}
