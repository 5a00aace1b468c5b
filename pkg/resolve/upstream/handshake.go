package upstream

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// The TLS library's words on handshakes that fail; %-style numbers are part of them.
const (
	WrongVersion  = "TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end"
	SecretMissing = "TLS_error: Secret is not supplied by SDS"
	VerifyFailed  = "TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end"
	ResetInFlight = "TLS_error:|33554536:system library:OPENSSL_internal:Connection reset by peer:TLS_error_end"
)

// Trusts reports whether a server takes an identity's trust domain (plugin/authn/util.go, TrustDomainsForValidation).
func Trusts(s *mesh.Snapshot, principal string) bool {
	domains := slices.Clone(s.Config.TrustDomains)
	for _, ca := range s.Config.Proto.GetCaCertificates() {
		domains = append(domains, ca.TrustDomains...)
	}
	return slices.ContainsFunc(domains, func(td string) bool { return strings.HasPrefix(principal, "spiffe://"+td+"/") })
}
