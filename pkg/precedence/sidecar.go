package precedence

import (
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// SidecarChoice is the Sidecar resource that governs a workload.
type SidecarChoice struct {
	Winner     *networkingapi.Sidecar // nil: the built-in default, which imports everything that is visible
	Considered []Considered
	Gaps       []mesh.Gap
}

// Ref points at the winner; it is zero for the built-in default.
func (c SidecarChoice) Ref() mesh.Ref {
	if c.Winner == nil {
		return mesh.Ref{}
	}
	return sidecarRef(c.Winner)
}

func sidecarRef(x *networkingapi.Sidecar) mesh.Ref {
	return mesh.Ref{Kind: mesh.Sidecar, Namespace: x.Namespace, Name: x.Name}
}

// Sidecar finds the one Sidecar that counts: the oldest of the namespace whose workloadSelector fits, else its oldest without one,
// else the oldest without one of the root namespace. Nothing is merged (pilot/pkg/model/push_context.go, doGetSidecarScope).
func Sidecar(s *mesh.Snapshot, namespace string, labels map[string]string) SidecarChoice {
	own, gaps := s.Sidecars.In(namespace)
	out := SidecarChoice{Gaps: gaps}
	var plain []*networkingapi.Sidecar
	for _, x := range own {
		switch {
		case x.Spec.WorkloadSelector == nil:
			plain = append(plain, x)
		case !mesh.Selects(x.Spec.WorkloadSelector.Labels, labels):
			out.Considered = append(out.Considered, Loses(sidecarRef(x).At("spec.workloadSelector"), OtherWorkload))
		default:
			out.take(x, OlderWins)
		}
	}
	for _, x := range plain {
		why := OlderWins
		if out.Winner != nil && out.Winner.Spec.WorkloadSelector != nil {
			why = NarrowerWins
		}
		out.take(x, why)
	}
	root := s.Config.RootNamespace
	if namespace == root {
		return out
	}
	list, rootGaps := s.Sidecars.In(root)
	if out.Winner == nil {
		out.Gaps = append(out.Gaps, rootGaps...)
	}
	for _, x := range list {
		if x.Spec.WorkloadSelector != nil {
			continue // acts on pods of the root namespace alone
		}
		why := OlderWins
		if out.Winner != nil && out.Winner.Namespace != root {
			why = NarrowerWins
		}
		out.take(x, why)
	}
	return out
}

// take makes x the winner if there is none yet.
func (c *SidecarChoice) take(x *networkingapi.Sidecar, why LossReason) {
	if c.Winner == nil {
		c.Winner = x
		c.Considered = append(c.Considered, Wins(sidecarRef(x)))
		return
	}
	c.Considered = append(c.Considered, Loses(sidecarRef(x), why, sidecarRef(c.Winner)))
}
