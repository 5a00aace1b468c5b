package routing

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// hiddenDestination: a destination that exists, and that the client's proxy does not know. It is handled like a stranger, which often works
// and then lacks all that the mesh gives (Sidecar spec.egress; exportTo).
func hiddenDestination(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Sidecars() {
		if len(h.View.Sidecars.Gaps(h.Pod.Namespace, h.View.Config.RootNamespace)) > 0 {
			continue
		}
		name := h.Left.Dial.Name
		if h.Left.L7 {
			name = config.StripPort(h.In.Message.Authority)
		}
		for _, stage := range []string{"listener", "virtualHost"} {
			r := h.Stage(stage)
			if r == nil {
				continue
			}
			for _, c := range r.Candidates {
				switch {
				case !c.Applies:
				case c.Why == precedence.NotImported:
					out = append(out, walk.Found(DestinationNotImported, c.Ref, name))
				case c.Why == precedence.NotExported:
					out = append(out, walk.Found(DestinationNotExported, c.Ref, name, h.Pod.Namespace))
				}
			}
		}
		if at, ok := hiddenPort(h); ok {
			out = append(out, walk.Found(DestinationNotImported, at, name+":"+strconv.Itoa(h.Left.Dial.Port)))
		}
	}
	return out
}

// hiddenPort: a listener of the Sidecar that is for one port imports no other port of a host.
func hiddenPort(h *walk.Hop) (mesh.Ref, bool) {
	host := h.Left.Dial.Host
	if host == nil || !h.Left.Passthrough && !h.Ends(flow.RegistryOnly) || h.Left.Scope.Sidecar.IsZero() {
		return mesh.Ref{}, false
	}
	known := h.Left.Scope.Host(host.Name)
	if known == nil {
		return mesh.Ref{}, false
	}
	_, has := host.Port(h.Left.Dial.Port)
	_, imported := known.Port(h.Left.Dial.Port)
	return h.Left.Scope.Sidecar.At("spec.egress"), has && !imported
}
