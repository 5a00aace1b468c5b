// Package transport finds what the bytes of a request run into: PeerAuthentications, DestinationRules and declared protocols that do not say
// what they look like.
package transport
