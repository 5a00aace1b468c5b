package transport

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// protocolTaken: of several Services with one port of the pod the oldest fixes how the server reads it. The client goes by the Service that
// it calls, so that one end can read HTTP and the other not. Where both read this request alike, no harm is done.
func protocolTaken(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Servers() {
		if h.From == nil || h.From.Left.Scope == nil || h.From.Left.L7 == h.Left.L7 || !h.View.Services.Known() {
			continue
		}
		called := h.From.Host()
		first, others, ok := walk.Declares(h.View, h.Pod, h.Port)
		if !ok || called == nil || first.Host.Ref == called.Ref {
			continue
		}
		for _, t := range others {
			if t.Host.Ref == called.Ref && t.Port.Number == h.From.Left.Dial.Port && t.Port.Protocol.Class() != first.Port.Protocol.Class() {
				out = append(out, walk.Found(PortProtocolTaken, t.Ref, strconv.Itoa(h.Port), first.Host.Ref.ID(), string(first.Port.Protocol), string(t.Port.Protocol)))
			}
		}
	}
	return out
}
