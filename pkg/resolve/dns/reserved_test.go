package dns_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
)

// TestReserved: each reserved domain, a name that only ends alike, and public ones.
func TestReserved(t *testing.T) {
	for host, want := range map[string][3]bool{ // keyless, unresolved, uncertified
		"a.example": {true, true, true}, "A.Example.": {true, true, true}, "a.invalid": {true, true, true},
		"a.test": {false, true, true}, "a.localhost": {false, true, true}, "a.local": {false, false, true},
		"a.foo.svc.cluster.local": {false, false, true}, "httpbin": {false, false, true}, "test": {false, false, true}, "httpbin.": {false, false, true},
		"example.com": {true, false, false}, "a.example.net": {true, false, false}, "example.org": {true, false, false},
		"anexample.com": {false, false, false}, "a.contest": {false, false, false}, "istio.io": {false, false, false},
	} {
		if got := [3]bool{dns.Keyless(host), dns.Unresolved(host), dns.Uncertified(host)}; got != want {
			t.Errorf("%s: keyless, unresolved, uncertified %v, want %v", host, got, want)
		}
	}
}
