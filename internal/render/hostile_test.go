package render_test

import (
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// objects are the ALLOW policies of the sample.
func objects(s *mesh.Snapshot) []*securityapi.AuthorizationPolicy {
	var out []*securityapi.AuthorizationPolicy
	all, _ := s.AuthorizationPolicies.All()
	for _, p := range all {
		if len(p.Spec.Rules) > 0 && len(p.Spec.Rules[0].To) > 0 {
			out = append(out, p)
		}
	}
	return out
}
