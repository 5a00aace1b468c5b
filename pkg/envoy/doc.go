// Package envoy holds what must be exactly as in Envoy: how a path is normalised, how values and path templates match, how a token is
// taken apart and judged. Its functions are pure and know nothing of Kubernetes or of Istio's objects; the facts are Envoy's, the code
// is not.
package envoy
