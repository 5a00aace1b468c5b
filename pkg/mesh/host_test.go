package mesh_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

var hosts = []string{"", "*", "*.", "a", "a.b", "*.b", "*b", "*.a.b", "**", "*.com", "x.com", "httpbin", "httpbin.foo", "httpbin.foo.svc.cluster.local",
	"*.foo.svc.cluster.local", "*.svc.cluster.local", "a:80", "[::1]", "foo.svc.cluster.local", ".svc.cluster.local", "HTTPBIN", "a b"}

// named is the obvious way: a pattern is the set of names that an expression takes.
func named(pattern, name string) bool {
	expr := regexp.QuoteMeta(pattern)
	if rest, wild := strings.CutPrefix(pattern, "*"); wild {
		expr = `.*` + regexp.QuoteMeta(rest)
	}
	return regexp.MustCompile(`\A(?s:` + expr + `)\z`).MatchString(name)
}

// samples are names of which two sets of names have one in common if they have any: what is behind the star, with and without more before.
func samples(pattern string) []string {
	rest, wild := strings.CutPrefix(pattern, "*")
	if !wild {
		return []string{pattern}
	}
	return []string{rest, "x" + rest, "y" + rest}
}

// go test ./pkg/mesh -run '^$' -fuzz FuzzHosts
func FuzzHosts(f *testing.F) {
	for _, a := range hosts {
		for _, b := range hosts {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // no name, and no regular expression
		}
		overlap, within := false, true
		for _, name := range append(samples(a), samples(b)...) {
			overlap = overlap || named(a, name) && named(b, name)
		}
		for _, name := range samples(a) {
			within = within && named(b, name)
		}
		if got := mesh.HostsOverlap(a, b); got != overlap || got != mesh.HostsOverlap(b, a) {
			t.Errorf("HostsOverlap(%q, %q) = %v, want %v both ways", a, b, got, overlap)
		}
		if got := mesh.HostWithin(a, b); got != within {
			t.Errorf("HostWithin(%q, %q) = %v, want %v", a, b, got, within)
		}
		if a == b && mesh.MoreSpecific(a, b) || a != b && mesh.MoreSpecific(a, b) == mesh.MoreSpecific(b, a) {
			t.Errorf("MoreSpecific(%q, %q) is no order", a, b)
		}
		if mesh.HostWithin(a, b) && !mesh.HostWithin(b, a) && !mesh.MoreSpecific(a, b) {
			t.Errorf("%q lies within %q and is not more specific", a, b)
		}
	})
}

// go test ./pkg/mesh -run '^$' -fuzz FuzzResolveHost
func FuzzResolveHost(f *testing.F) {
	for _, h := range hosts {
		f.Add(h, "foo")
	}
	plain := regexp.MustCompile(`\A[^.*:]+\z`)
	f.Fuzz(func(t *testing.T, host, namespace string) {
		want := host
		if plain.MatchString(host) {
			want = host + "." + namespace + ".svc.cluster.local"
		}
		got := mesh.ResolveHost(host, namespace)
		if got != want {
			t.Errorf("ResolveHost(%q, %q) = %q, want %q", host, namespace, got, want)
		}
		if again := mesh.ResolveHost(got, "other"); again != got {
			t.Errorf("%q is completed twice, to %q", got, again)
		}
		name, ns, ok := mesh.SplitServiceHost(got)
		parts := strings.Split(strings.TrimSuffix(got, ".svc.cluster.local"), ".")
		if wanted := strings.HasSuffix(got, ".svc.cluster.local") && len(parts) == 2; ok != wanted || ok && mesh.ServiceHost(name, ns) != got {
			t.Errorf("SplitServiceHost(%q) = %q, %q, %v", got, name, ns, ok)
		}
	})
}
