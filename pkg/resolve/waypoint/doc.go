// Package waypoint holds the stages of a waypoint that no other proxy has: the chain that takes what was dialled, the routes of that Service,
// and the tunnel to its endpoints. Everything between is done by stages that sidecars and gateways have too.
package waypoint
