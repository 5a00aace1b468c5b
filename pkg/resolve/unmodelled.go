package resolve

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unmodelledPod is a pod whose traffic passes something that is not modelled.
func unmodelledPod(s *mesh.Snapshot, f flow.Flow) flow.Result {
	return flow.NotModelled(s, mesh.PodRef(f.Pod))
}
