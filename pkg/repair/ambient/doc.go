// Package ambient writes the objects that put a waypoint on the way to a host: the waypoint itself, the labels that bind the host to it, and
// the policies that have to move there, since a ztunnel reads no HTTP and behind a waypoint sees the waypoint alone. It tries none of them.
package ambient
