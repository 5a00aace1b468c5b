// Package extension holds the stages for what changes a proxy from outside of Istio's own resources: EnvoyFilter, WasmPlugin,
// TrafficExtension.
package extension
