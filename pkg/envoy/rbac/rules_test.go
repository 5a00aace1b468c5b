package rbac

import (
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	security "istio.io/api/security/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// headers are the lines of a request's headers, one by one.
type headers struct{ envoy.Headers }

func (h headers) Lines(name string) []string { return h.Values(name) }
func (h headers) Hides(string) bool          { return false }

// asked is a line of testdata/rules.txt: a rule with one condition, what is other of the request than usual, and what comes of it.
type asked struct {
	text    string
	name    string // a field, or a condition's key
	when    bool
	values  []string
	subject Subject
	tcp     bool
	release release.Release
	want    string
}

// usual is the request of the lines that say nothing else.
func usual() Subject {
	return Subject{Method: "GET", Authority: "httpbin.bar:8000", Path: "/ip", Headers: headers{}, Principal: "spiffe://cluster.local/ns/foo/sa/sleep",
		Direct: netip.MustParseAddr("10.0.0.1"), Remote: netip.MustParseAddr("203.0.113.7"), Destination: netip.MustParseAddr("10.0.0.2"), Port: 8080,
		ServerName: "outbound_.8000_._.httpbin.bar.svc.cluster.local", TokenKnown: evidence.True}
}

func lines(t *testing.T) []asked {
	t.Helper()
	data, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []asked
	for n, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "= ") {
			continue
		}
		x := asked{text: "rules.txt:" + strconv.Itoa(n+1) + ": " + line, subject: usual(), release: release.Release{Major: 1, Minor: 31}}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 {
			t.Fatalf("%s: want three parts", x.text)
		}
		condition, found := strings.CutPrefix(parts[0], "when ")
		name, values, _ := strings.Cut(condition, ": ")
		if err := yaml.Unmarshal([]byte(values), &x.values); err != nil {
			t.Fatalf("%s: %v", x.text, err)
		}
		x.name, x.when, x.want = name, found, strings.TrimSpace(parts[2])
		for _, change := range strings.Fields(parts[1]) {
			x.change(t, change)
		}
		out = append(out, x)
	}
	return out
}

// change makes the request another one.
func (x *asked) change(t *testing.T, change string) {
	t.Helper()
	name, value, _ := strings.Cut(change, "=")
	address := func() netip.Addr {
		a, _ := netip.ParseAddr(value) // none for ?
		return a
	}
	switch name {
	case "-":
	case "tcp":
		x.tcp = true
	case "release":
		r, err := release.Parse(value)
		if err != nil {
			t.Fatalf("%s: %v", x.text, err)
		}
		x.release = r
	case "method":
		x.subject.Method = value
	case "host":
		x.subject.Authority = value
	case "path":
		x.subject.Path = value
	case "peer":
		x.subject.Principal = value
	case "direct":
		x.subject.Direct = address()
	case "internal":
		x.subject.Internal = true
	case "remote":
		x.subject.Remote = address()
	case "to":
		x.subject.Destination = address()
	case "sni":
		x.subject.ServerName = value
	case "token":
		if value == "?" {
			x.subject.TokenKnown = evidence.Unknown
			return
		}
		if err := json.Unmarshal([]byte(value), &x.subject.Claims); err != nil {
			t.Fatalf("%s: %v", x.text, err)
		}
	default:
		h := x.subject.Headers.(headers)
		x.subject.Headers = headers{h.Add(name, value)}
	}
}

// rule is a rule with the one condition.
func (x *asked) rule(t *testing.T, not bool) Rule {
	t.Helper()
	r := &security.Rule{}
	if x.when {
		c := &security.Condition{Key: x.name, Values: x.values}
		if not {
			c.Values, c.NotValues = nil, x.values
		}
		r.When = append(r.When, c)
	} else {
		name := strings.ToUpper(x.name[:1]) + x.name[1:]
		if not {
			name = "Not" + name
		}
		source, operation := &security.Source{}, &security.Operation{}
		for _, m := range []any{source, operation} {
			if f := reflect.ValueOf(m).Elem().FieldByName(name); f.IsValid() {
				f.Set(reflect.ValueOf(x.values))
			}
		}
		r.From, r.To = []*security.Rule_From{{Source: source}}, []*security.Rule_To{{Operation: operation}}
	}
	return Writer{Namespace: "bar", TrustDomains: []string{"cluster.local", "old.local"}, Release: x.release}.Compile(mesh.Ref{Field: "spec.rules[0]"}, r)
}

// outcome is what comes of a rule: true, false or unknown, with what the request has; lost, where the chain goes without the rule; or open, where
// it only goes without the condition.
func outcome(r Rule, s *Subject, tcp, allow bool) string {
	if r.Dropped {
		return "unknown key"
	}
	if r.Lost(tcp, allow) {
		return "lost"
	}
	is, checks := r.Match(s, tcp, nil)
	if quick := r.Matches(s, tcp); quick.Compare(is) != 0 {
		return "matches " + quick.String() + ", and yet " + is.String()
	}
	if len(checks) == 0 {
		return "open"
	}
	return is.String()
}

// TestRules: every line of rules.txt, as an ALLOW rule; and turned round, as a rule with the negated field.
func TestRules(t *testing.T) {
	turned := map[string]string{"true": "false", "false": "true"}
	for _, x := range lines(t) {
		if got := outcome(x.rule(t, false), &x.subject, x.tcp, true); got != x.want {
			t.Errorf("%s\n\tas ALLOW: %s", x.text, got)
		}
		want := x.want
		if other, ok := turned[want]; ok {
			want = other
		}
		if got := outcome(x.rule(t, true), &x.subject, x.tcp, true); got != want {
			t.Errorf("%s\n\tnegated, as ALLOW: %s, want %s", x.text, got, want)
		}
		// What an ALLOW rule is lost for, another rule goes without, but for values beside it that can be used.
		r := x.rule(t, false)
		if got := outcome(r, &x.subject, x.tcp, false); x.want == "lost" && got != "open" && !slices.ContainsFunc(x.values, r.first().Attribute.Usable) {
			t.Errorf("%s\n\tas DENY: %s, want open", x.text, got)
		}
	}
}

func (r *Rule) first() *Condition {
	for c := range r.All {
		return c
	}
	return nil
}

// TestEntries: alternatives are alternatives, their conditions all have to hold, and so do the parts of a rule.
func TestEntries(t *testing.T) {
	from := func(ns ...string) []*security.Rule_From {
		var out []*security.Rule_From
		for _, n := range ns {
			out = append(out, &security.Rule_From{Source: &security.Source{Namespaces: []string{n}}})
		}
		return out
	}
	to := []*security.Rule_To{{Operation: &security.Operation{Paths: []string{"/ip"}, Methods: []string{"GET"}}}}
	post := []*security.Rule_To{{Operation: &security.Operation{Paths: []string{"/ip"}, Methods: []string{"POST"}}}}
	when := []*security.Condition{{Key: "source.ip", Values: []string{"10.0.0.0/8"}}}
	for name, x := range map[string]struct {
		rule   *security.Rule
		want   evidence.Tri
		sender Sender
		left   bool // to the sender
	}{
		"empty":               {&security.Rule{}, evidence.True, 0, true},
		"one of two":          {&security.Rule{From: from("x", "foo")}, evidence.True, Identity, true},
		"none of two":         {&security.Rule{From: from("x", "y")}, evidence.False, Identity, true},
		"from and to":         {&security.Rule{From: from("foo"), To: to}, evidence.True, Identity, true},
		"from, and not to":    {&security.Rule{From: from("foo"), To: post}, evidence.False, Identity, false},
		"to, and not from":    {&security.Rule{From: from("x"), To: to}, evidence.False, Identity, true},
		"when as well":        {&security.Rule{From: from("foo"), To: to, When: when}, evidence.True, Identity | Address, true},
		"two whens":           {&security.Rule{When: append(when, &security.Condition{Key: "destination.port", Values: []string{"1"}})}, evidence.False, Address, false},
		"an entry of nothing": {&security.Rule{From: []*security.Rule_From{{}}}, evidence.True, 0, true},
	} {
		r := Writer{Release: release.Release{Major: 1, Minor: 31}}.Compile(mesh.Ref{}, x.rule)
		s := usual()
		if is, _ := r.Match(&s, false, nil); is != x.want || r.Matches(&s, false) != x.want {
			t.Errorf("%s: %v, and without an account %v, want %v", name, is, r.Matches(&s, false), x.want)
		}
		if r.Sender != x.sender || r.LeftToSender(&s, false) != x.left {
			t.Errorf("%s: sender %v, left to it %v, want %v and %v", name, r.Sender, r.LeftToSender(&s, false), x.sender, x.left)
		}
	}
	if r := (Writer{}).Compile(mesh.Ref{}, nil); !r.Lost(false, false) {
		t.Error("a rule that is null matches")
	}
}

// TestSenderRules: those that compare nothing of the sender, and those that the chain goes without, are none.
func TestSenderRules(t *testing.T) {
	w := Writer{Release: release.Release{Major: 1, Minor: 31}}
	for name, x := range map[string]struct {
		source    *security.Source
		operation *security.Operation
		tcp       bool
		want      int
	}{
		"identity":          {&security.Source{Namespaces: []string{"foo"}}, nil, false, 1},
		"not address":       {&security.Source{NotRemoteIpBlocks: []string{"10.0.0.0/8"}}, nil, false, 1},
		"token":             {&security.Source{RequestPrincipals: []string{"*"}}, nil, false, 0},
		"lost with a value": {&security.Source{IpBlocks: []string{"x"}}, nil, false, 0},
		"lost on TCP":       {&security.Source{Namespaces: []string{"foo"}}, &security.Operation{Paths: []string{"/"}}, true, 0},
		"the same on HTTP":  {&security.Source{Namespaces: []string{"foo"}}, &security.Operation{Paths: []string{"/"}}, false, 1},
	} {
		r := w.Compile(mesh.Ref{}, &security.Rule{From: []*security.Rule_From{{Source: x.source}}, To: []*security.Rule_To{{Operation: x.operation}}})
		rules := SenderRules{TCP: x.tcp, Allow: true}
		if rules.Add(&r); len(rules.Rules) != x.want {
			t.Errorf("%s: %d rules, want %d", name, len(rules.Rules), x.want)
		}
	}
}
