package redact

import "slices"

// openClaims are the claims whose values may be shown: those that name parties, times and permissions (RFC 7519, section 4.1; RFC 8693,
// section 4.2; what identity providers call permissions). Everything else may tell of a person, or be a secret.
var openClaims = []string{"iss", "sub", "aud", "azp", "exp", "nbf", "iat", "scope", "scp", "permission", "permissions", "group", "groups", "role", "roles"}

// OpenClaim reports whether the value of a token's claim may be shown.
func OpenClaim(name string) bool { return slices.Contains(openClaims, name) }

// Claim is what may be shown of the value of a claim, named by its path in the token.
func (r *Redactor) Claim(path []string, value string) string {
	if value == "" {
		return ""
	}
	if len(path) == 1 && OpenClaim(path[0]) {
		return r.Text(value)
	}
	return Mark
}
