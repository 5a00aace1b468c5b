package upstream

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// backendFaults are the clauses for what a route's status says of a backend (Gateway API: condition ResolvedRefs and its reasons).
var backendFaults = map[precedence.LossReason]flow.Note{
	precedence.RefNotPermitted: flow.NoteBackendNotPermitted,
	precedence.BackendNotFound: flow.NoteBackendMissing,
	precedence.InvalidKind:     flow.NoteBackendOfKind,
}

// backendFault tells why a part of a route has no backend that may be used, and where that stands; without facts where its status would say
// nothing of it, as of weights that are all zero.
func backendFault(s *mesh.Snapshot, part mesh.Ref) (facts []string, at mesh.Ref) {
	for _, c := range gatewayapi.FaultsIn(s, part) {
		if note, known := backendFaults[c.Why]; known {
			kind, _ := mesh.APIOf(c.Ref.Kind)
			return []string{flow.CodeMark + string(note), c.By.Plain(), c.By.Namespace, kind.Name() + "s of " + c.Ref.Namespace}, c.Ref
		}
	}
	return nil, part
}
