package waypoint

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// extension is not a kind of its own: the key of what extends a waypoint for a target.
const extension mesh.Kind = "extensions"

// Extensions returns what extends a waypoint for a target. A WasmPlugin or a TrafficExtension is attached as a policy is
// (pilot/pkg/model/push_context.go, TrafficExtensionsByListenerInfo), an EnvoyFilter to the waypoint or to its class alone: istiod compares it
// with no Service (getMatchedEnvoyFilters).
func Extensions(s *mesh.Snapshot, t Target) precedence.Extended {
	return *mesh.Derive(s, t.key(extension), func() *precedence.Extended {
		filters := Target{Gateway: t.Gateway}.namespaces(t.Gateway.Namespace, s.Config.RootNamespace)
		return precedence.ExtensionsIn(s, filters, t.namespaces(filters...), func(ref mesh.Ref, a precedence.Aim) precedence.Considered {
			if ref.Kind == mesh.EnvoyFilter {
				return Target{Gateway: t.Gateway}.attaches(s, ref, a.Single, a.Targets)
			}
			return t.attaches(s, ref, a.Single, a.Targets)
		})
	})
}
