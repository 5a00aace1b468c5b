// Package envoyfilter works out what the EnvoyFilters that are attached to a proxy make of its configuration, as istiod does
// (pilot/pkg/model/envoyfilter.go and pilot/pkg/networking/core/envoyfilter): which patches apply to the proxy and in which order, what
// each of them matches, and what their operations come to.
//
// It knows a proxy by plain descriptions of the listener, chain, route or cluster that a request passes, so that nothing here depends on how
// a request is walked through a mesh.
package envoyfilter
