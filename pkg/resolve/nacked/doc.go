// Package nacked holds the stages for configuration that Envoy refuses: the proxy keeps what it had before.
package nacked
