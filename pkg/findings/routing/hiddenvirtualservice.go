package routing

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// hiddenVirtualService: a VirtualService for the host that this proxy does not get to see. What a namespace keeps to itself may well be
// meant so; it is told of only where a gateway's own VirtualService is hidden from the gateway, or where the answer would be another one.
func hiddenVirtualService(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Senders() {
		r := h.Stage("virtualHost")
		if r == nil || len(h.View.VirtualServices.Gaps(h.Pod.Namespace)) > 0 {
			continue
		}
		for _, c := range r.Candidates {
			switch {
			case c.Applies || c.Ref.Kind != mesh.VirtualService:
			case c.Why == precedence.NotExported && (h.IsGateway() || h.Near(c.Ref.Namespace) && changesIfExported(w, c.Ref)):
				out = append(out, walk.Found(VirtualServiceNotExported, c.Ref, h.Pod.Namespace))
			case c.Why == precedence.NotImported && h.Near(c.Ref.Namespace) && !c.By.IsZero():
				out = append(out, walk.Found(VirtualServiceNotImported, c.Ref, c.By.ID()))
			}
		}
	}
	return out
}

// changesIfExported reports whether the request gets another answer where everybody sees the VirtualService.
func changesIfExported(w *walk.Walk, at mesh.Ref) bool {
	v, ok, _ := w.Snapshot.VirtualServices.Get(at.Namespace, at.Name)
	if !ok {
		return false
	}
	public := v.DeepCopy()
	public.Spec.ExportTo = []string{"*"}
	return w.ChangesIn(w.Snapshot.Put(public))
}
