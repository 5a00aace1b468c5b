// Package hcm holds what Envoy's HTTP connection manager does before its filters: the codec's checks, and the normalisation of paths.
package hcm
