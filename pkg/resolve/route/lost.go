package route

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/precedence/ingress"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Lost lists what has a host and is not used at a gateway: routes of the Gateway API, and Ingresses.
func Lost(f flow.Flow, s *mesh.Snapshot, host string) []precedence.Considered {
	lost := gatewayapi.LostRoutes(s, host)
	if f.Pod == nil {
		return lost
	}
	return slices.Concat(lost, ingress.Unserved(s, f.Pod.Labels, strings.ToLower(host)))
}

// WhyLost is the clause that tells why something of [Lost] is not used.
func WhyLost(c precedence.Considered) []string {
	note := flow.NoteRouteLost
	if c.Ref.Kind == mesh.Ingress {
		note = flow.NoteIngressLost
	}
	return []string{flow.CodeMark + string(note), c.Ref.Object().Plain(), string(c.Why), flow.CodeMark + string(c.Why)}
}
