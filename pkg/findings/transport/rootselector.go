package transport

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// rootSelector: a PeerAuthentication of the root namespace with a selector that fits the server. Such policies are effective for nobody,
// not even in that namespace (pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication).
func rootSelector(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Servers()) {
		root := h.View.Config.RootNamespace
		list, _ := h.View.PeerAuthentications.In(root)
		for _, p := range list {
			if want := p.Spec.GetSelector().GetMatchLabels(); len(want) > 0 && mesh.Selects(want, h.Pod.Labels) {
				out = append(out, walk.Found(PeerAuthenticationRootSelector, walk.PeerRef(p).At("spec.selector"), root, h.Pod.Namespace))
			}
		}
	}
	return out
}
