// Package rbac compares requests with the rules of AuthorizationPolicies as Envoy's filter envoy.filters.http.rbac, and its namesake for TCP,
// do: what a rule can ask about (the table of attributes), how values match, and what becomes of a rule that cannot be written for a chain.
// It knows nothing of who is on the way: what a request has is a [Subject].
//
// istiod writes a rule for the filter attribute by attribute (istio: pilot/pkg/security/authz/model); this package takes the two steps as one.
package rbac
