package policy

import (
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// Point is where policies are enforced: which of them concern a request there, and how it is refused. Its methods are stages.
type Point struct {
	policies        func(*mesh.Snapshot, flow.Flow, security.AuthorizationPolicy_Action) *workloadPolicies
	authentications func(*mesh.Snapshot, flow.Flow) precedence.Attached[*securityapi.RequestAuthentication]
	routed          func(*mesh.Snapshot, flow.Flow) bool // whether the request has a route: nobody else is asked about one without
	name            func(c *Policy, rule int) string     // of a rule, in the log
	before          func(a, b string) int                // which of two names the log has; nil for the one that comes first
	refuse          func(f flow.Flow, why flow.Reason, name string) flow.Outcome
}

// Proxy is a sidecar, or a gateway: it enforces what is attached to its pod.
var Proxy = Point{
	policies: func(s *mesh.Snapshot, f flow.Flow, action security.AuthorizationPolicy_Action) *workloadPolicies {
		return policiesFor(s, f.Pod, action)
	},
	authentications: func(s *mesh.Snapshot, f flow.Flow) precedence.Attached[*securityapi.RequestAuthentication] {
		return precedence.RequestAuthentications(s, f.Pod)
	},
	routed: route.HasGatewayRoute,
	name:   ruleID,
	before: strings.Compare, // Envoy keeps the rules in the order of their names' bytes
	refuse: denied,
}

// Waypoint enforces what is attached to the Service that was dialled, or to the waypoint itself. routes finds the virtual host of a Service
// on it.
func Waypoint(routes func(*mesh.Snapshot, flow.Flow) *config.VirtualHost) Point {
	return Point{
		policies: func(s *mesh.Snapshot, f flow.Flow, action security.AuthorizationPolicy_Action) *workloadPolicies {
			return targetPolicies(s, f.Attached, action)
		},
		authentications: func(s *mesh.Snapshot, f flow.Flow) precedence.Attached[*securityapi.RequestAuthentication] {
			return waypoint.RequestAuthentications(s, f.Attached)
		},
		routed: func(s *mesh.Snapshot, f flow.Flow) bool { return !f.L7 || route.Takes(s, f, routes(s, f)) },
		name:   ruleID,
		before: strings.Compare,
		refuse: denied,
	}
}

// Ztunnel enforces what istiod translates for it, and refuses tunnels, and connections that come in none.
var Ztunnel = Point{
	policies: func(s *mesh.Snapshot, f flow.Flow, action security.AuthorizationPolicy_Action) *workloadPolicies {
		return ztunnelPolicies(s, f.Pod, action)
	},
	name: func(c *Policy, _ int) string { return c.Namespace + "/" + c.Name },
	refuse: func(f flow.Flow, why flow.Reason, name string) flow.Outcome {
		text := ""
		switch why {
		case flow.RBACNoAllowMatched:
			text = ztunnel.NoneAllowed
		case flow.RBACDenyMatched, flow.PlaintextRefused:
			text = ztunnel.Denied(name)
		}
		return Shut(f, flow.Outcome{Reason: why, Details: text})
	},
}

// Shut is a connection that a server's ztunnel does not take: one in a tunnel it refuses to the proxy that opened the tunnel, any other one
// it closes itself.
func Shut(f flow.Flow, o flow.Outcome) flow.Outcome {
	if f.Wire.Tunnelled() {
		o.Failure = flow.TunnelDenied
		return o
	}
	o.Failure, o.AnsweredBy = flow.Terminated, []flow.Party{f.At}
	return f.Cut(o)
}

// Refusal is how a policy, or a rule of it, ends a request here; name is the one in the log.
func (p Point) Refusal(f flow.Flow, why flow.Reason, name string) flow.Outcome {
	return p.refuse(f, why, name)
}
