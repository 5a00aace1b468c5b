package flow

import (
	"maps"
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

type statusesKey struct{}

// statuses are those that a proxy of this mesh may answer with: the usual ones, and those that routes name.
func statuses(s *mesh.Snapshot) []int {
	return mesh.Derive(s, statusesKey{}, func() []int {
		seen := map[int]bool{}
		for _, usual := range []int{200, 301, 302, 400, 401, 403, 404, 418, 426, 431, 500, 502, 503, 504} {
			seen[usual] = true
		}
		all, _ := s.VirtualServices.All()
		for _, vs := range all {
			for _, h := range vs.Spec.Http {
				for _, named := range []int{int(h.GetDirectResponse().GetStatus()), int(h.GetFault().GetAbort().GetHttpStatus()), int(h.GetRedirect().GetRedirectCode())} {
					seen[named] = named > 0
				}
			}
		}
		delete(seen, 0)
		return slices.Sorted(maps.Keys(seen))
	})
}
