package precedence

import "github.com/mesh-why/mesh-why/pkg/mesh"

func fromGatewayAPI(s *mesh.Snapshot) []*VirtualService { return nil }

func listenersOfGatewayAPI(s *mesh.Snapshot) []*gatewaySource { return nil }

func gatewayAPIGaps(s *mesh.Snapshot) []mesh.Gap { return nil }
