// Package client holds the stages of the client's own sidecar up to the route: the redirection, the Sidecar's scope, the listener and the
// virtual host.
package client
