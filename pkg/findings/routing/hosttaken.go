package routing

import (
	"slices"

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
	freed := map[mesh.Ref][]mesh.Ref{} // winner -> the routes that take the request without it
	for _, h := range w.Sidecars() {
		if h.Left.Table == nil || h.Left.VHost == nil || !h.View.VirtualServices.Known() {
			continue
		}
		named := map[mesh.Ref]*config.VirtualService{}
		for _, v := range routing.VirtualServices(h.View) {
			named[v.Ref] = v
		}
		for _, c := range h.Left.Table.Losers[h.Left.VHost.Name] {
			winner, loser := named[c.By.Object()], named[c.Ref.Object()]
			if c.Why != precedence.HostTaken || winner == nil || loser == nil || winner.GatewayAPI || public(loser) && !public(winner) {
				continue
			}
			if _, tried := freed[winner.Ref]; !tried {
				freed[winner.Ref] = routesWithout(w, winner.Ref)
			}
			field := ""
			if i := slices.IndexFunc(freed[winner.Ref], func(r mesh.Ref) bool { return r.Object() == loser.Ref }); i >= 0 {
				field = freed[winner.Ref][i].Field
			}
			out = append(out, walk.Found(VirtualServiceIgnored, c.Ref, winner.Ref.ID(), h.Left.VHost.Name, field))
		}
	}
	return out
}

// public tells a VirtualService that is exported to all namespaces: also to one without a name.
func public(v *config.VirtualService) bool { return v.VisibleTo("") }

// routesWithout lists the routes that would take the request if a VirtualService were not there.
func routesWithout(w *walk.Walk, winner mesh.Ref) []mesh.Ref {
	less, ok := w.Snapshot.Drop(winner)
	if !ok {
		return nil
	}
	var out []mesh.Ref
	for _, h := range w.Rerun(less).Sidecars() {
		if r := h.Left.Route; r != nil && r.Route != nil && r.Ref.Object() == r.Route.VS.Ref {
			out = append(out, r.Ref)
		}
	}
	return out
}
