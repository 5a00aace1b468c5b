// Package gateway holds the stages of a gateway up to the route: the server that takes the connection, its TLS, and the virtual host.
package gateway
