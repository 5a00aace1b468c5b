package rbac

import (
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

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
