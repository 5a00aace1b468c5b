package ztunnel

import (
	"net/netip"
	"strconv"
)

// What ztunnel logs of connections that it ends (ztunnel's src/proxy.rs, Error). The client gets none of it: its connection is reset.
const (
	// Unauthorized is what the client's ztunnel logs where the server's refuses by a policy; only the latter names it.
	Unauthorized = "http status: 401 Unauthorized"
	// Unavailable is what it logs where nothing listens on the pod's port.
	Unavailable = "http status: 503 Service Unavailable"
	// NoneAllowed is what the server's ztunnel logs where ALLOW policies exist and none matches.
	NoneAllowed = "connection closed due to policy rejection: allow policies exist, but none allowed"
	// ClosedBehind is what the client's ztunnel logs where a waypoint takes the tunnel and then closes what is in it.
	ClosedBehind = "while closing connection: send: io error: protocol error: connection established in response to a CONNECT request was reset or abnormally closed"
	// PlainRefused is what it logs where a port that it sends plaintext to is closed.
	PlainRefused = "io error: Connection refused (os error 111)"
	// ApplicationRefused is what the server's ztunnel logs where the pod's port is closed.
	ApplicationRefused = "connection failed: Connection refused (os error 111)"
)

// Denied is what the server's ztunnel logs where a DENY policy matches; policy is its namespace and name, or the one that istiod made of
// a PeerAuthentication.
func Denied(policy string) string {
	return "connection closed due to policy rejection: explicitly denied by: " + policy
}

// statusTexts are the names of the statuses that filters answer with most.
var statusTexts = map[int]string{400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error",
	502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}

// Answered is what the client's ztunnel logs where a filter of a waypoint's answers in place of the tunnel; empty for a status without a name.
func Answered(status int) string {
	if text, ok := statusTexts[status]; ok {
		return "http status: " + strconv.Itoa(status) + " " + text
	}
	return ""
}

// NoHealthyUpstream is what the client's ztunnel logs of a host without an endpoint that is ready, or without the port.
func NoHealthyUpstream(to netip.AddrPort) string { return "no healthy upstream: " + to.String() }
