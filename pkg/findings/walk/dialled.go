package walk

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Dialled is the Service whose address the client dials, or a gateway sends to; zero where it is none.
func (w *Walk) Dialled() mesh.Ref {
	var out mesh.Ref
	for _, h := range w.Hops {
		switch {
		case h.Left.Addressee.Host != nil:
			out = h.Left.Addressee.Host.Ref
		case h.Left.Cluster != nil && out.IsZero():
			out = h.Left.Cluster.Host.Ref
		case h.Left.Dial.Host != nil && out.IsZero():
			out = h.Left.Dial.Host.Ref
		}
	}
	return out
}
