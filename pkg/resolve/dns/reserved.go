package dns

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// ExampleName tells names that are reserved for documentation (RFC 2606): nobody publishes keys there.
func ExampleName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, d := range []string{"example.com", "example.net", "example.org"} {
		if host == d || strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return strings.HasSuffix(host, ".example") || strings.HasSuffix(host, ".invalid")
}

// TestName tells names for which no public authority issues certificates.
func TestName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, tld := range []string{".test", ".invalid", ".example", ".localhost", ".local", "." + mesh.DomainSuffix} {
		if strings.HasSuffix(host, tld) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}
