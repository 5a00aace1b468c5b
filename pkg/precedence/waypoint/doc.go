// Package waypoint selects the waypoint of a Service, a ServiceEntry or a pod, tells whether it can be reached, and which policies it
// enforces for what passes it. The labels are istio.io/use-waypoint and its kin; the rules are those of
// pilot/pkg/serviceregistry/ambient/waypoints.go.
package waypoint
