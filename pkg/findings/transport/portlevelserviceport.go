package transport

import (
	"maps"
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// portLevelServicePort: the keys of portLevelMtls are ports of the pod. One that is a Service's port, and none of the pod's, was meant for
// the port behind it.
func portLevelServicePort(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(append(w.Servers(), w.Ztunnels()...)) {
		list, _ := h.View.PeerAuthentications.In(h.Pod.Namespace)
		if len(h.View.Services.Gaps(h.Pod.Namespace)) > 0 {
			continue
		}
		for _, p := range list {
			want := p.Spec.GetSelector().GetMatchLabels()
			if len(want) == 0 || !mesh.Selects(want, h.Pod.Labels) {
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(p.Spec.GetPortLevelMtls())) {
				if t, ok := walk.Behind(h.View, h.Pod, int(key)); ok {
					at := walk.PeerRef(p).At("spec.portLevelMtls[" + strconv.Itoa(int(key)) + "]")
					out = append(out, walk.Found(PortLevelServicePort, at, strconv.Itoa(int(key)), t.Host.Ref.ID(), strconv.Itoa(t.Number)))
				}
			}
		}
	}
	return out
}
