// Package ztunnel holds the stages of the ztunnels at both ends of a connection: of the client's what it takes the address for, the waypoint,
// the endpoint and the tunnel; of the server's which connections it takes, and what it refuses. A ztunnel reads no bytes: whatever it does not
// let through its client sees as a reset.
package ztunnel
