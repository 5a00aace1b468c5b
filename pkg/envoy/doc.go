// Package envoy holds what must be exactly as in Envoy: how a path is normalised, how values and path templates match, how headers and
// parameters are read. Its functions are pure and know nothing of Kubernetes or of Istio's objects; the facts are Envoy's, the code is not.
// The packages below it are Envoy's filters, with the rules that istiod writes for them.
package envoy
