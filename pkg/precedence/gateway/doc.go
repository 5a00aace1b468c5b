// Package gateway selects what a gateway serves: the servers that select its pods, merged by port, their filter chains and their route
// tables (pilot/pkg/model/gateway.go, pilot/pkg/networking/core/gateway.go).
package gateway
