package expect

import (
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const head = "apiVersion: mesh-why/v1alpha1\nkind: Expectations\nrequests:\n"

func TestBadFiles(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "kind is",
		"a: [":                         "yaml",
		"kind: Other":                  "kind is \"Other\"",
		"kind: Expectations\nextra: 1": `unknown field "extra"`,
		"apiVersion: v1\nkind: Expectations\nrequests: [{from: a, to: b}]": "apiVersion is \"v1\"",
		head: "nothing to test",
		head + "- {from: a, to: b, expect: {resutl: reaches}}":                                `requests[0]: expect: an outcome has no field "resutl" (did you mean result`,
		head + "- {name: x, from: a, to: b, expect: {result: arrives}}":                       `requests[0] (x): expect: result "arrives" is none of`,
		head + "- {from: a, to: b, expect: []}":                                               "part of an outcome",
		head + "- {from: a, to: b, expect: 5}":                                                "part of an outcome",
		head + "- {from: a, to: b, methd: GET}":                                               `requests[0]: unknown field "methd" (did you mean method`,
		head + "- {from: a, from: b}":                                                         "already set",
		"a: &a " + strings.Repeat("y", 1000) + "\nb: [" + strings.Repeat("*a,", 1000) + "*a]": "too large with its aliases written out",
	} {
		_, err := Load("-", strings.NewReader(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

func share(f float64) *float64 { return &f }

func TestCheck(t *testing.T) {
	reaches := explain.Outcome{Result: flow.Reaches, Backends: []explain.Backend{{Backend: flow.Backend{Namespace: "bar", Name: "a"}}, {Backend: flow.Backend{Namespace: "bar", Name: "b"}}}}
	denied := explain.Outcome{Result: flow.Answered, Status: 403, Reason: "RBACNoAllowMatched"}
	part := func(o explain.Outcome, f float64) explain.Outcome { o.Share = share(f); return o }
	for _, row := range []struct {
		name, expect string
		settled      bool
		got          []explain.Outcome
		want         Result
	}{
		{"nothing is expected", "", true, []explain.Outcome{reaches}, NotAsked},
		{"a field", "{result: reaches}", true, []explain.Outcome{reaches}, Met},
		{"another value", "{result: answered, status: 403}", true, []explain.Outcome{reaches}, NotMet},
		{"one backend of two", "{backends: [{name: b}]}", true, []explain.Outcome{reaches}, Met},
		{"a backend that there is not", "{backends: [{name: c}]}", true, []explain.Outcome{reaches}, NotMet},
		{"all outcomes must fit one part", "{result: reaches}", true, []explain.Outcome{part(reaches, .5), part(denied, .5)}, NotMet},
		{"each part must be met", "[{result: reaches}, {status: 403}]", true, []explain.Outcome{part(reaches, .5), part(denied, .5)}, Met},
		{"a part that nothing meets", "[{result: reaches}, {status: 503}]", true, []explain.Outcome{reaches}, NotMet},
		{"not settled", "{result: reaches}", false, []explain.Outcome{reaches, denied}, Undecided},
		{"not settled, and yet met", "{responsible: []}", false, []explain.Outcome{reaches, denied}, Met},
		{"only what some callers see", "{status: 403}", true, []explain.Outcome{part(denied, 0)}, Met},
		{"what some callers see does not count beside others", "{result: reaches}", true, []explain.Outcome{reaches, part(denied, 0)}, Met},
		{"no outcome at all", "{status: 403}", true, nil, NotMet},
	} {
		in := head + "- {from: a, to: b}"
		if row.expect != "" {
			in = head + "- {from: a, to: b, expect: " + row.expect + "}"
		}
		f, err := Load("-", strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		e := &explain.Explanation{Verdict: explain.Verdict{Settled: row.settled, Outcomes: row.got}}
		if got := f.Requests[0].Check(e); got != row.want {
			t.Errorf("%s: %v, want %v (%+v)", row.name, got, row.want, e.Expected)
		}
	}
}
