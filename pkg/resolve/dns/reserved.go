package dns

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// reservation is a domain that is nobody's.
type reservation struct {
	domain      string
	keyless     bool // for documentation: nobody publishes keys there
	unresolved  bool // for tests: a name in it may well have no address
	uncertified bool // no public authority issues certificates for it
}

// reserved are the domains of RFC 2606, .local of RFC 6762, and the cluster's own.
var reserved = []reservation{
	{"example", true, true, true},
	{"invalid", true, true, true},
	{"test", false, true, true},
	{"localhost", false, true, true},
	{"local", false, false, true},
	{mesh.DomainSuffix, false, false, true},
	{"example.com", true, false, false},
	{"example.net", true, false, false},
	{"example.org", true, false, false},
}

// Keyless reports whether a host is in a domain that is reserved for documentation, where nobody publishes keys.
func Keyless(host string) bool { return in(host, func(r reservation) bool { return r.keyless }) }

// Unresolved reports whether a host is in a domain that is reserved for tests, so that it may well have no address.
func Unresolved(host string) bool { return in(host, func(r reservation) bool { return r.unresolved }) }

// Uncertified reports whether no public authority issues certificates for a host: it is in a reserved domain, or a name without dots.
func Uncertified(host string) bool {
	return !strings.Contains(strings.TrimSuffix(host, "."), ".") || in(host, func(r reservation) bool { return r.uncertified })
}

// in reports whether a host is in a reserved domain of a kind. A name without dots is in none: it may be a Service's. Case makes no difference,
// nor does the dot that ends a complete name.
func in(host string, kind func(reservation) bool) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, r := range reserved {
		if kind(r) && (host == r.domain && strings.Contains(host, ".") || strings.HasSuffix(host, "."+r.domain)) {
			return true
		}
	}
	return false
}
