package precedence

import (
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Mode is what a server does with connections that come without mutual TLS.
type Mode int

// The modes. Unset stands for nothing set at a level; it never comes out of a selection.
const (
	Unset Mode = iota
	Disable
	Permissive
	Strict
)

func (m Mode) String() string { return [...]string{"UNSET", "DISABLE", "PERMISSIVE", "STRICT"}[m] }

// PeerMode is the effective mode of a workload's port and how it came about.
type PeerMode struct {
	Mode       Mode
	From       mesh.Ref // the field that sets it; zero where nothing does and PERMISSIVE is the default
	Considered []Considered
	Gaps       []mesh.Gap // of policies that could have set another mode
}

// PeerAuthentication returns the mode of a port of a workload (its own port, never a Service's). Levels are mesh, namespace and
// workload; the oldest of a level is the only one that counts, and leaves to the next level what it does not set
// (pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication).
func PeerAuthentication(s *mesh.Snapshot, namespace string, labels map[string]string, port int) PeerMode {
	root := s.Config.RootNamespace
	out := PeerMode{Mode: Permissive}
	set := func(m Mode, ref mesh.Ref, field string) Considered {
		if m == Unset {
			return Considered{Ref: ref, Applies: true, Why: Inherits}
		}
		out.Mode, out.From = m, ref.At(field)
		return Wins(ref)
	}
	levels := []struct {
		namespace string
		workload  bool
	}{{root, false}, {namespace, false}, {namespace, true}}
	if namespace == root {
		levels = levels[:1] // a pod of the root namespace has neither a namespace nor a workload level
	}
	for _, level := range levels {
		list, gaps := s.PeerAuthentications.In(level.namespace)
		out.Gaps = append(out.Gaps, gaps...)
		before := out.From
		var winner *securityapi.PeerAuthentication
		for _, p := range list {
			selector := p.Spec.GetSelector().GetMatchLabels()
			if (len(selector) > 0) != level.workload {
				continue
			}
			ref := peerRef(p)
			switch {
			case level.workload && !mesh.Selects(selector, labels):
				out.Considered = append(out.Considered, Loses(ref.At("spec.selector.matchLabels"), OtherWorkload))
			case winner != nil:
				out.Considered = append(out.Considered, Loses(ref, OlderWins, peerRef(winner)))
			default:
				winner = p
				out.Considered = append(out.Considered, set(modeOf(p.Spec.GetMtls()), ref, "spec.mtls.mode"))
				if !level.workload {
					continue
				}
				if entry, ok := p.Spec.GetPortLevelMtls()[uint32(port)]; ok && modeOf(entry) != Unset {
					set(modeOf(entry), ref, "spec.portLevelMtls["+strconv.Itoa(port)+"].mode")
					out.Considered[len(out.Considered)-1] = Wins(ref)
				}
			}
		}
		if out.From != before {
			out.Gaps = s.PeerAuthentications.Gaps(level.namespace) // what a narrower level sets no wider one can change
		}
	}
	out.Considered = append(out.Considered, rootSelectors(s, root)...)
	overridden(out.Considered, out.From)
	return out
}

// rootSelectors lists the policies of the root namespace that have a selector: they are effective for nobody, not even there.
func rootSelectors(s *mesh.Snapshot, root string) []Considered {
	var out []Considered
	list, _ := s.PeerAuthentications.In(root)
	for _, p := range list {
		if len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
			out = append(out, Loses(peerRef(p).At("spec.selector"), RootSelector))
		}
	}
	return out
}

// overridden marks the level winners that a narrower level overrides.
func overridden(list []Considered, decisive mesh.Ref) {
	for i := range list {
		if list[i].Why == Applies && list[i].Ref != decisive.Object() {
			list[i] = Loses(list[i].Ref, NarrowerWins, decisive.Object())
		}
	}
}

// NamespaceMode is the mode of a namespace without regard to workloads: what clients guess of a whole service
// (pilot/pkg/model/push_context.go, BestEffortInferServiceMTLSMode).
func NamespaceMode(s *mesh.Snapshot, namespace string) PeerMode {
	out := PeerMode{Mode: Permissive}
	levels := []string{s.Config.RootNamespace, namespace}
	if namespace == s.Config.RootNamespace {
		levels = levels[:1]
	}
	for _, ns := range levels {
		list, gaps := s.PeerAuthentications.In(ns)
		out.Gaps = append(out.Gaps, gaps...)
		for _, p := range list {
			if len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
				continue
			}
			if m := modeOf(p.Spec.GetMtls()); m != Unset {
				out.Mode, out.From, out.Gaps = m, peerRef(p).At("spec.mtls.mode"), gaps
			}
			out.Considered = append(out.Considered, Wins(peerRef(p)))
			break // the oldest is the only one that counts
		}
	}
	return out
}

func peerRef(p *securityapi.PeerAuthentication) mesh.Ref {
	return mesh.Ref{Kind: mesh.PeerAuthentication, Namespace: p.Namespace, Name: p.Name}
}

func modeOf(m *security.PeerAuthentication_MutualTLS) Mode {
	switch m.GetMode() {
	case security.PeerAuthentication_MutualTLS_DISABLE:
		return Disable
	case security.PeerAuthentication_MutualTLS_PERMISSIVE:
		return Permissive
	case security.PeerAuthentication_MutualTLS_STRICT:
		return Strict
	}
	return Unset
}
