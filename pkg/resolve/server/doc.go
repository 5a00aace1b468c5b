// Package server holds the stages of a server's sidecar: the redirection, the filter chain in the mode of PeerAuthentication, and the way
// to the application.
package server
