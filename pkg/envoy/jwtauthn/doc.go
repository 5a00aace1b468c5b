// Package jwtauthn verifies tokens as Envoy's filter envoy.filters.http.jwt_authn does: where it looks for them, how it takes them apart, the
// order of its checks, its key sets, and what it writes into the request and hands to the filters behind it. The rules are those of a
// RequestAuthentication, which istiod turns into the filter's providers one by one (istio: pilot/pkg/security/authn/policy_applier.go).
package jwtauthn
