// Package legacy translates the security kinds that Istio 1.6 removed (authentication.istio.io/v1alpha1 and rbac.istio.io/v1alpha1)
// into those of security.istio.io. What an old object meant is taken from Istio 1.4, the last release that knew no other kinds:
// istiod's side from istio/istio (pilot/pkg/security), the proxy's from istio/proxy (src/envoy/http/authn).
//
// Where today has no words for a condition, what it allowed is left out, or what it refused is refused more widely: the translation
// opens nothing for want of words. Where today compares otherwise (a path without its query, a host without regard to case) it is
// translated all the same. Both are said in comments that begin with NOT THE SAME.
package legacy
