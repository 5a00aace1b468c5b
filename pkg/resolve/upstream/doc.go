// Package upstream holds the stages behind the route of any proxy: the destination and its cluster, the endpoints, the TLS towards them,
// and the network for what no proxy routes.
package upstream
