package route

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Gaps are unread routes of the Gateway API; a kind that is not installed is known to be empty.
func Gaps(s *mesh.Snapshot) []mesh.Gap {
	_, http := s.HTTPRoutes.All()
	_, grpc := s.GRPCRoutes.All()
	return slices.Concat(http, grpc)
}
