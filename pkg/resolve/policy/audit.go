package policy

import (
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Audit marks requests for a log and lets them pass.
func (p Point) Audit(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	e := p.evaluate(s, f, security.AuthorizationPolicy_AUDIT)
	if len(e.policies) == 0 {
		return flow.Result{}
	}
	r := flow.Pass(f)
	r.Candidates, r.Resource, r.Note = e.candidates, e.policies[0].ref, flow.NoteAuditOnly
	return r
}
