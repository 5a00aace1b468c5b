// Package rules turns the rules of routes of the Gateway API, with their matches, filters and backends, into those of a VirtualService
// (pilot/pkg/config/kube/gateway/conversion.go). It knows nothing of Gateways.
package rules
