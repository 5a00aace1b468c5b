package findings

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// rootSelector: a PeerAuthentication of the root namespace with a selector that fits the server. Such policies are effective for nobody,
// not even in that namespace (pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication).
func rootSelector(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.servers()) {
		root := h.view.Config.RootNamespace
		list, _ := h.view.PeerAuthentications.In(root)
		for _, p := range list {
			if want := p.Spec.GetSelector().GetMatchLabels(); len(want) > 0 && mesh.Selects(want, h.pod.Labels) {
				out = append(out, found(PeerAuthenticationRootSelector, peerRef(p).At("spec.selector"), root, h.pod.Namespace))
			}
		}
	}
	return out
}

func peerRef(p *securityapi.PeerAuthentication) mesh.Ref {
	return mesh.Ref{Kind: mesh.PeerAuthentication, Namespace: p.Namespace, Name: p.Name}
}

// ignoredPeerAuthentication: of the policies of one level the oldest counts, and nothing of the others. Two that say the same do no harm.
func ignoredPeerAuthentication(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.servers()) {
		mode := precedence.PeerAuthentication(h.view, h.pod.Namespace, h.pod.Labels, h.port)
		for _, c := range mode.Considered {
			if c.Why != precedence.OlderWins {
				continue
			}
			younger, ok, _ := h.view.PeerAuthentications.Get(c.Ref.Namespace, c.Ref.Name)
			older, has, _ := h.view.PeerAuthentications.Get(c.By.Namespace, c.By.Name)
			if !ok || !has || saysSame(older, younger) {
				continue
			}
			facts := []string{older.Namespace + "/" + older.Name}
			if modeOf(older) != modeOf(younger) {
				facts = append(facts, modeOf(older), modeOf(younger))
			}
			out = append(out, found(PeerAuthenticationIgnored, c.Ref, facts...))
		}
	}
	return out
}

func saysSame(a, b *securityapi.PeerAuthentication) bool {
	return proto.Equal(a.Spec.GetMtls(), b.Spec.GetMtls()) && len(a.Spec.GetPortLevelMtls()) == 0 && len(b.Spec.GetPortLevelMtls()) == 0
}

func modeOf(p *securityapi.PeerAuthentication) string { return p.Spec.GetMtls().GetMode().String() }

// portLevelServicePort: the keys of portLevelMtls are ports of the pod. One that is a Service's port, and none of the pod's, was meant for
// the port behind it.
func portLevelServicePort(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.servers()) {
		list, _ := h.view.PeerAuthentications.In(h.pod.Namespace)
		if len(h.view.Services.Gaps(h.pod.Namespace)) > 0 {
			continue
		}
		for _, p := range list {
			want := p.Spec.GetSelector().GetMatchLabels()
			if len(want) == 0 || !mesh.Selects(want, h.pod.Labels) {
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(p.Spec.GetPortLevelMtls())) {
				if t, ok := behind(h.view, h.pod, int(key)); ok {
					at := peerRef(p).At("spec.portLevelMtls[" + itoa(int(key)) + "]")
					out = append(out, found(PortLevelServicePort, at, itoa(int(key)), t.Host.Ref.ID(), itoa(t.Number)))
				}
			}
		}
	}
	return out
}
