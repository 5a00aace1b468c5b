package transport

import (
	"iter"
	"maps"
	"slices"
	"strconv"

	securityapi "istio.io/client-go/pkg/apis/security/v1"

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
			for port, at := range portLevels(p) {
				if t, ok := walk.Behind(h.View, h.Pod, port, w.Dialled()); ok {
					out = append(out, walk.Found(PortLevelServicePort, at, strconv.Itoa(port), t.Host.Ref.ID(), strconv.Itoa(t.Number)))
				}
			}
		}
	}
	return out
}

// portLevels goes through the ports for which a PeerAuthentication has a mode of their own, each with its field, the lowest first.
func portLevels(p *securityapi.PeerAuthentication) iter.Seq2[int, mesh.Ref] {
	return func(yield func(int, mesh.Ref) bool) {
		for _, key := range slices.Sorted(maps.Keys(p.Spec.GetPortLevelMtls())) {
			if port := int(key); !yield(port, walk.PeerRef(p).At("spec.portLevelMtls["+strconv.Itoa(port)+"]")) {
				return
			}
		}
	}
}
