// Package routing selects what a sidecar knows and how it routes: the hosts that its Sidecar imports, its listeners and filter chains, and
// its route tables (pilot/pkg/model/sidecar.go, pilot/pkg/networking/core).
package routing
