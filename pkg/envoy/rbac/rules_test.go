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

// TestEveryAttributeBites: rules.txt has a line that matches and one that does not, for every field and every key; metadata of other filters
// never matches.
func TestEveryAttributeBites(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range lines(t) {
		a, _ := ByField(x.name)
		if x.when {
			a, _, _ = ByKey(x.name)
		}
		if a != nil {
			seen[a.Field+"|"+a.Key+"|"+strconv.FormatBool(x.when)+"|"+x.want] = true
		}
	}
	for _, a := range Attributes {
		for _, when := range []bool{false, true} {
			if when && a.Key == "" || !when && a.Field == "" {
				continue
			}
			for _, want := range []string{"true", "false"} {
				if key := a.Field + "|" + a.Key + "|" + strconv.FormatBool(when) + "|" + want; !seen[key] && (a.Key != "experimental.envoy.filters." || want == "false") {
					t.Errorf("rules.txt has no line that is %s for %s%s (when: %v)", want, a.Field, a.Key, when)
				}
			}
		}
	}
}

// TestEveryFieldHasARow: the API has no field of a source or an operation that the table does not have.
func TestEveryFieldHasARow(t *testing.T) {
	for _, m := range []reflect.Type{reflect.TypeFor[security.Source](), reflect.TypeFor[security.Operation]()} {
		for i := range m.NumField() {
			f := m.Field(i)
			if f.Tag.Get("protobuf") == "" {
				continue
			}
			a, not := ByField(strings.ToLower(f.Name[:1]) + f.Name[1:])
			if a == nil || not != strings.HasPrefix(f.Name, "Not") {
				t.Errorf("%s.%s has no row", m.Name(), f.Name)
			}
		}
	}
}

// TestAttributes holds every column of every row against testdata/rules.txt, and a row, or a column of a row, that is taken away is
// noticed.
func TestAttributes(t *testing.T) {
	data, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if row, ok := strings.CutPrefix(line, "= "); ok {
			want = append(want, strings.Join(strings.Fields(row), " "))
		}
	}
	got := columns(Attributes)
	if !slices.Equal(got, want) {
		t.Fatalf("rules.txt differs:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range Attributes {
		if slices.Equal(columns(slices.Delete(slices.Clone(Attributes), i, i+1)), want) {
			t.Errorf("row %d could go", i)
		}
		for j := range reflect.TypeFor[Attribute]().NumField() {
			without := slices.Clone(Attributes)
			f := reflect.ValueOf(&without[i]).Elem().Field(j)
			if f.IsZero() {
				continue
			}
			reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().SetZero()
			if slices.Equal(columns(without), want) {
				t.Errorf("row %d could do without %s", i, reflect.TypeFor[Attribute]().Field(j).Name)
			}
		}
	}
}

// since lists releases.
func since(list release.Since) string {
	var out []string
	for _, r := range list {
		out = append(out, r.String())
	}
	return strings.Join(out, ",")
}

// columns describes the rows of a table.
func columns(list []Attribute) []string {
	var out []string
	for _, a := range list {
		row := []string{a.Field, a.Key}
		if a.Field == "" {
			row[0] = "-"
		}
		if a.Key == "" {
			row[1] = "-"
		}
		for _, x := range []struct {
			has  bool
			name string
		}{
			{a.Named, "named"}, {a.Also != "", "also=" + a.Also}, {a.HTTP, "http"}, {a.Since != nil, "since=" + since(a.Since)},
			{a.Sender&Identity != 0, "identity"}, {a.Sender&Address != 0, "address"}, {a.Token, "token"}, {a.TrustDomain, "trust-domain"},
			{a.Secret == HeaderNamed, "secret-header"}, {a.Secret == ClaimNamed, "secret-claim"}, {a.Long, "long"},
			{a.source != nil, "source"}, {a.operation != nil, "operation"}, {a.usable != nil, "checked"}, {a.matcher != nil, "matched"},
			{a.Noun != "", strconv.Quote(a.Noun)},
		} {
			if x.has {
				row = append(row, x.name)
			}
		}
		out = append(out, strings.Join(row, " "))
	}
	return out
}

// TestUsable: which values are checked, and how.
func TestUsable(t *testing.T) {
	for _, a := range Attributes {
		for value, want := range map[string]bool{
			"80": a.Field != "ipBlocks" && a.Field != "remoteIpBlocks" && a.Key != "destination.ip", "x": a.usable == nil, "65536": a.usable == nil,
			"10.0.0.0/8": a.Field != "ports", "::1": a.Field != "ports", "10.0.0.0/33": a.usable == nil,
		} {
			if got := a.Usable(value); got != want {
				t.Errorf("%s%s: %q is usable: %v, want %v", a.Field, a.Key, value, got, want)
			}
		}
	}
}

// TestLookups: by key, with and without brackets; a comparison's attribute; and the field that comes to the same as a key.
func TestLookups(t *testing.T) {
	for key, want := range map[string]string{
		"request.headers[x-team]": "x-team", "request.headers[a][b]": "a][b", "request.auth.claims[a][b]": "a b", "request.auth.claims[[a]b]": "[a]b",
		"experimental.envoy.filters.x[y]": "y", "source.ip": "",
	} {
		if a, names, ok := ByKey(key); a == nil || !ok || strings.Join(names, " ") != want {
			t.Errorf("%s: %v %q %v", key, a, names, ok)
		}
	}
	for _, key := range []string{"request.headers", "request.headersx[a]", "request.auth.claims[a", "experimental.envoy.filters.x"} {
		if a, _, ok := ByKey(key); a == nil || ok {
			t.Errorf("%s: %v %v, want an attribute whose names cannot be read", key, a, ok)
		}
	}
	for _, key := range []string{"", "source.port", "principals", "SOURCE.IP"} {
		if a, _, _ := ByKey(key); a != nil {
			t.Errorf("%q: %v", key, a)
		}
	}
	for _, x := range []struct {
		field, key, noun string
		not              bool
	}{
		{"spec.rules[0].from[0].source.principals", "", "principal", false},
		{"spec.rules[0].from[0].source.notPrincipals", "", "principal", true},
		{"spec.rules[0].when[0].values", "request.headers[a]", "header", false},
		{"spec.rules[0].when[0].notValues", "request.auth.claims[a]", "claim", true},
	} {
		if a, not := Of(&evidence.Comparison{Field: x.field, Key: x.key}); a == nil || a.Noun != x.noun || not != x.not {
			t.Errorf("%s %s: %v %v", x.field, x.key, a, not)
		}
	}
	for key, want := range map[string]string{"source.ip": "ipBlocks", "request.headers[:method]": "methods", "request.headers[x]": "request.headers[x]", "connection.sni": "connection.sni"} {
		if got := SameField(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
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
