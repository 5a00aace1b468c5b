package routing

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// hostTaken: of two VirtualServices with one host the sidecars take the older one, and nothing of the other
// (pilot/pkg/networking/core/httproute.go). One that the client's namespace keeps to itself displaces a public one by design.
func hostTaken(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Sidecars() {
		if h.Left.Table == nil || h.Left.VHost == nil || !h.View.VirtualServices.Known() {
			continue
		}
		for _, c := range h.Left.Table.Losers[h.Left.VHost.Name] {
			winner, loser := virtualService(h.View, c.By), virtualService(h.View, c.Ref)
			if c.Why != precedence.HostTaken || winner == nil || loser == nil || winner.GatewayAPI || public(loser) && !public(winner) {
				continue
			}
			out = append(out, walk.Found(VirtualServiceIgnored, c.Ref, winner.Ref.ID(), h.Left.VHost.Name, routeWithout(w, winner.Ref, loser)))
		}
	}
	return out
}

func virtualService(s *mesh.Snapshot, r mesh.Ref) *config.VirtualService {
	for _, v := range routing.VirtualServices(s) {
		if v.Ref == r.Object() {
			return v
		}
	}
	return nil
}

// public tells a VirtualService that is exported to all namespaces: also to one without a name.
func public(v *config.VirtualService) bool { return v.VisibleTo("") }

// routeWithout is the field of the VirtualService's route that would take the request if the other one were not there; empty for none.
func routeWithout(w *walk.Walk, winner mesh.Ref, v *config.VirtualService) string {
	less, ok := w.Snapshot.Drop(winner)
	if !ok {
		return ""
	}
	for _, h := range w.Rerun(less).Sidecars() {
		if r := h.Left.Route; r != nil && r.Route != nil && r.Route.VS.Ref == v.Ref && r.Ref.Object() == v.Ref {
			return r.Ref.Field
		}
	}
	return ""
}
