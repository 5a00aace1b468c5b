// Package routing finds what keeps destinations, routes, subsets and gateways from a request.
package routing
