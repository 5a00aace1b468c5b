package transport

import (
	"google.golang.org/protobuf/proto"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// ignoredPeerAuthentication: of the policies of one level the oldest counts, and nothing of the others. Two that say the same do no harm.
func ignoredPeerAuthentication(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Servers()) {
		mode := precedence.PeerAuthentication(h.View, h.Pod.Namespace, h.Pod.Labels, h.Port)
		for _, c := range mode.Considered {
			if c.Why != precedence.OlderWins {
				continue
			}
			younger, ok, _ := h.View.PeerAuthentications.Get(c.Ref.Namespace, c.Ref.Name)
			older, has, _ := h.View.PeerAuthentications.Get(c.By.Namespace, c.By.Name)
			if !ok || !has || saysSame(older, younger) {
				continue
			}
			args := []string{older.Namespace + "/" + older.Name}
			if modeOf(older) != modeOf(younger) {
				args = append(args, modeOf(older), modeOf(younger))
			}
			out = append(out, walk.Found(PeerAuthenticationIgnored, c.Ref, args...))
		}
	}
	return out
}

func saysSame(a, b *securityapi.PeerAuthentication) bool {
	return proto.Equal(a.Spec.GetMtls(), b.Spec.GetMtls()) && len(a.Spec.GetPortLevelMtls()) == 0 && len(b.Spec.GetPortLevelMtls()) == 0
}

func modeOf(p *securityapi.PeerAuthentication) string { return p.Spec.GetMtls().GetMode().String() }
